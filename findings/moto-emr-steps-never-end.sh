#!/bin/sh
# moto 5.2.5 with boto3 1.44.8: a step of an EMR cluster stays RUNNING for good.
#
# The first step that is added to a cluster is RUNNING at the first look and at every later one (30 looks
# here), and so is the cluster: boto3's waiter `step_complete`, and whatever else polls DescribeStep, never ends.
# Seen: "cluster RUNNING, step RUNNING after 30 looks". Exits with 1 if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q 'moto[ec2]==5.2.5' 'boto3==1.44.8'
"$folder/venv/bin/python" - <<'PY'
import sys

import boto3
from moto import mock_aws

with mock_aws():
    emr = boto3.client("emr", region_name="us-east-1")
    cluster = emr.run_job_flow(
        Name="cluster",
        ReleaseLabel="emr-7.0.0",
        Instances={
            "KeepJobFlowAliveWhenNoSteps": True,
            "InstanceCount": 1,
            "MasterInstanceType": "m5.xlarge",
        },
    )["JobFlowId"]
    step = {"Name": "step", "ActionOnFailure": "CONTINUE", "HadoopJarStep": {"Jar": "command-runner.jar"}}
    [made] = emr.add_job_flow_steps(JobFlowId=cluster, Steps=[step])["StepIds"]
    for _ in range(30):
        state = emr.describe_step(ClusterId=cluster, StepId=made)["Step"]["Status"]["State"]
    whole = emr.describe_cluster(ClusterId=cluster)["Cluster"]["Status"]["State"]
    print(f"cluster {whole}, step {state} after 30 looks")
    sys.exit((whole, state) != ("RUNNING", "RUNNING"))
PY
