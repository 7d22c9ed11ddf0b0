"""AWS in this process: moto's services behind boto3 and behind an endpoint on the loopback interface."""
