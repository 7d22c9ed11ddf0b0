"""API Gateway: the HTTP APIs, REST APIs and function URLs of a template, at a port of their own.

Documentation: "Lambda proxy integrations in API Gateway" (REST), "Create AWS Lambda proxy integrations for
HTTP APIs", "Invoking Lambda function URLs". Routes are served without their stage, as `sam local start-api`
serves them.
"""
