"""CloudFormation templates: their functions, resources and parameters."""
