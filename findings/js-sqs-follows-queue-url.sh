#!/usr/bin/env bash
# @aws-sdk/client-sqs 3.1175.0 (Node.js 20) does not send to AWS_ENDPOINT_URL what has a QueueUrl: it goes to the
# host of that URL. boto3 1.44.8 sends the same call to AWS_ENDPOINT_URL. So a QueueUrl of the real AWS in a
# variable or an event takes a JavaScript handler away from a local endpoint, and a Python handler not.
#
# Expected output:
#   javascript: ListQueues -> endpoint
#   javascript: SendMessage -> host of QueueUrl
#   python: ListQueues -> endpoint
#   python: SendMessage -> endpoint
#
# It takes node, npm and python3 with venv. Exit status: 0 as above, 1 if that has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2> /dev/null || true; rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund @aws-sdk/client-sqs@3.1175.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check boto3==1.44.8

# Two addresses of one server, which notes where each call came in.
cat > server.py <<'PY'
import json, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
def listen(name):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            call = self.headers["X-Amz-Target"].split(".")[1]
            with open("seen", "a") as seen:
                seen.write(f"{call} -> {name}\n")
            body = json.dumps({} if call == "ListQueues" else
                {"MessageId": "1", "MD5OfMessageBody": "5d41402abc4b2a76b9719d911017c592"}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        def log_message(self, *args): pass
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever).start()
    return f"http://127.0.0.1:{server.server_port}"
endpoint, other = listen("endpoint"), listen("host of QueueUrl")
with open("ports.tmp", "w") as ports:
    ports.write(f"export AWS_ENDPOINT_URL={endpoint} QUEUE_URL={other}/123456789012/jobs\n")
import os; os.rename("ports.tmp", "ports")
PY
python3 server.py & server=$!
until [ -e ports ]; do sleep 0.1; done
. ./ports
export AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1

cat > send.mjs <<'JS'
import { ListQueuesCommand, SQSClient, SendMessageCommand } from "@aws-sdk/client-sqs";
const client = new SQSClient();
await client.send(new ListQueuesCommand());
await client.send(new SendMessageCommand({ QueueUrl: process.env.QUEUE_URL, MessageBody: "hello" }));
JS
cat > send.py <<'PY'
import os, boto3
client = boto3.client("sqs")
client.list_queues()
client.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody="hello")
PY
: > seen
node send.mjs 2> /dev/null
sed 's/^/javascript: /' seen > result
: > seen
venv/bin/python send.py
sed 's/^/python: /' seen >> result
cat result
diff result - <<'TEXT'
javascript: ListQueues -> endpoint
javascript: SendMessage -> host of QueueUrl
python: ListQueues -> endpoint
python: SendMessage -> endpoint
TEXT
