#!/bin/sh
# moto 5.2.5 with boto3 1.44.8: Bedrock's GetModelCustomizationJob does not find a job by its ARN.
#
# CreateModelCustomizationJob answers a jobArn, which is what the API takes as jobIdentifier (or the job's name).
# botocore sends it in the path with `%3A` for `:`, as for every REST API; moto looks it up without decoding it.
# Seen: by name the job is found, its status InProgress; by ARN
# "ResourceNotFoundException: Model customization job arn%3Aaws%3Abedrock%3A... not found".
# Exits with 1 if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q 'moto==5.2.5' 'boto3==1.44.8'
"$folder/venv/bin/python" - <<'PY'
import sys

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws

with mock_aws():
    bedrock = boto3.client("bedrock", region_name="us-east-1")
    made = bedrock.create_model_customization_job(
        jobName="job",
        customModelName="model",
        roleArn="arn:aws:iam::123456789012:role/role",
        baseModelIdentifier="amazon.titan-text-lite-v1",
        trainingDataConfig={"s3Uri": "s3://bucket/train"},
        outputDataConfig={"s3Uri": "s3://bucket/out"},
        hyperParameters={"epochCount": "1"},
    )
    by_name = bedrock.get_model_customization_job(jobIdentifier="job")
    print("by name:", by_name["status"])
    try:
        bedrock.get_model_customization_job(jobIdentifier=made["jobArn"])
    except ClientError as failed:
        print("by ARN:", failed)
        sys.exit("%3A" not in str(failed))
    sys.exit("the job is found by its ARN now")
PY
