"""Tasks that make HTTP requests: `http:invoke` with its connections, and `apigateway:invoke`."""
