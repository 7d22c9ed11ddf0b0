#!/bin/sh
# awscli 1.46.3 (botocore 1.43.62): `aws sqs` goes to AWS whatever AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_SQS say.
#
# With these variables set, which lead all its other services and all SDKs to an endpoint of one's own, version 1 of the
# AWS command line still sends what is for SQS to https://queue.amazonaws.com, also for a queue URL with another host:
# a script that works on a local stack for each other service sends its messages to the real account. Only
# --endpoint-url leads it elsewhere. No request leaves this machine here: a proxy that is not there is in between.
# Seen: dynamodb and "sqs with --endpoint-url": the local address; sqs: https://queue.amazonaws.com.
# Exits with 1 if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q 'awscli==1.46.3'
local=http://127.0.0.1:9
export AWS_ENDPOINT_URL=$local AWS_ENDPOINT_URL_SQS=$local AWS_CONFIG_FILE="$folder/config"
export AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none AWS_DEFAULT_REGION=us-east-1 AWS_MAX_ATTEMPTS=1
export HTTPS_PROXY=http://127.0.0.1:9 NO_PROXY=127.0.0.1
# Where a command would have sent its request: it fails, since nobody is there.
sent_to() {
  "$folder/venv/bin/aws" --debug --cli-connect-timeout 2 "$@" 2>&1 |
    sed -n "s|.*Endpoint provider result: \(http[^ ]*\).*|\1|p" | head -n 1
}
tables=$(sent_to dynamodb list-tables)
queue=$(sent_to sqs send-message --queue-url "$local/123456789012/orders" --message-body text)
told=$(sent_to sqs list-queues --endpoint-url "$local")
echo "dynamodb: $tables; sqs: $queue; sqs with --endpoint-url: $told"
[ "$tables" = "$local" ] && [ "$queue" = https://queue.amazonaws.com ] && [ "$told" = "$local" ]
