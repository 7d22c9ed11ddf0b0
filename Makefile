# `make demo` and `make test` need Python 3.11 or newer with venv, and nothing else.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

# What is installed beside `dev` for the tests of some commands.
EXTRAS := awslambdaric browser dask postgres

.PHONY: demo test test-versions test-awslambdaric test-browser fuzz-inputs test-clients test-dask test-node test-node-ric test-postgres test-crashes lint bench bench-compare clients extras clean

demo: $(VENV)/.runs
	$(BIN)/aslrun execute workflows/order/order.asl.json --input workflows/order/in.json

test: $(VENV)/.tests
	$(BIN)/python -m pytest -n auto

# The tests on another version of Python, without those of what cannot differ: pictures and pages are text and sums
# made of the same data, the documents' examples run commands that have tests of their own, layers are read from
# the sources; what fuzzing finds and how validation grows is the interpreter's and the rules' doing.
test-versions: $(VENV)/.tests
	$(BIN)/python -m pytest -n auto $(SAME:%=--ignore %)

SAME := tests/graph tests/page tests/test_docs.py tests/test_layers.py tests/fuzzing/test_findings.py \
	tests/validation/test_growth.py

# The tests of the report page and of the console, in a real browser: `chromium` and `chromedriver` must be on the path.
test-browser: $(VENV)/.with-browser
	$(BIN)/python -m pytest -m browser

# The tests that run JavaScript, and those beside it: `node` must be on the path, and `npm` for JSONata's
# reference and the SDKs of AWS.
test-node: $(VENV)/.tests $(VENV)/node-sdk/.installed
	ASLRUN_NODE_SDK=$(abspath $(VENV))/node-sdk $(BIN)/python -m pytest -n auto -m node

$(VENV)/node-sdk/.installed:
	npm install --silent --no-audit --no-fund --prefix $(VENV)/node-sdk @aws-sdk/client-dynamodb@3 \
		@aws-sdk/client-sqs@3 @aws-sdk/client-s3@3
	touch $@

# Handlers through the clients of Lambda's own Node.js runtimes: these build with npm, cmake and a C++ compiler.
test-node-ric: $(VENV)/.tests $(VENV)/node-ric/.installed
	ASLRUN_NODE_RIC=$(abspath $(VENV))/node-ric $(BIN)/python -m pytest -n 4 -m node_ric

# 3.3.0 and 4.0.2 have the same native part; of 3.3.0 it builds with autotools only.
$(VENV)/node-ric/.installed:
	npm install --silent --no-audit --no-fund --prefix $(VENV)/node-ric/24 node@24 aws-lambda-ric@4.0.2
	npm install --silent --no-audit --no-fund --prefix $(VENV)/node-ric/22 node@22
	npm install --silent --no-audit --no-fund --prefix $(VENV)/node-ric/22 --ignore-scripts aws-lambda-ric@3.3.0
	cp $(VENV)/node-ric/24/node_modules/aws-lambda-ric/rapid-client.node \
		$(VENV)/node-ric/22/node_modules/aws-lambda-ric/dist/
	touch $@

# The tests of the store on PostgreSQL too. Its programs must be here (Debian: postgresql); a server of its own is
# started beside them, and ended, unless ASLRUN_TEST_POSTGRES is the URL of one that may be used.
test-postgres: $(VENV)/.with-postgres
	.ci/postgres $(BIN)/python -m pytest -m postgres

# The AWS command line and the AWS SDK for JavaScript against a server: `npm` must be on the path.
test-clients: $(VENV)/.tests $(VENV)/clients/.installed
	ASLRUN_AWS=$(abspath $(VENV))/clients/bin/aws ASLRUN_NODE_SDK=$(abspath $(VENV))/clients $(BIN)/python -m pytest -m clients

# In an environment of its own: the command line wants a botocore of just its age.
$(VENV)/clients/.installed:
	$(PYTHON) -m venv $(VENV)/clients
	$(VENV)/clients/bin/python -m pip install --quiet --disable-pip-version-check awscli
	npm install --silent --no-audit --no-fund --prefix $(VENV)/clients @aws-sdk/client-sfn \
		@aws-sdk/client-lambda
	touch $@

# A server is killed 25 times while 50 executions run. `python -m benchmarks.crashes` does it 1,000 times.
test-crashes: $(VENV)/.tests
	$(BIN)/python -m pytest -m crashes

# 2,000 mutated inputs over all commands. The seed of the day is printed; SEED=N repeats those of another one.
fuzz-inputs: $(VENV)/.tests
	$(BIN)/python tests/robustness/campaign.py --count 2000 $(if $(SEED),--seed $(SEED))

# Ordinary handlers through Lambda's own client for Python, and through ours.
test-awslambdaric: $(VENV)/.with-awslambdaric
	$(BIN)/python -m pytest -n auto -m awslambdaric

# Children of distributed Maps on clusters of Dask's.
test-dask: $(VENV)/.with-dask
	$(BIN)/python -m pytest -m dask

lint: $(VENV)/.tests
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/.runs
	$(BIN)/python -m benchmarks $(if $(JSON),--json $(JSON))

# make bench-compare AGAINST=REF measures another commit beside this one; BASE=figures.json is what
# `make bench JSON=figures.json` has written. ONLY=TEXT picks workloads.
bench-compare: $(VENV)/.runs
	$(BIN)/python -m benchmarks $(if $(AGAINST),--against $(AGAINST),--compare $(BASE)) $(if $(ONLY),--only "$(ONLY)")

$(VENV)/.runs: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/.tests: $(VENV)/.runs
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@

$(VENV)/.with-%: $(VENV)/.tests
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[$*]'
	touch $@

# All of these at once, and all that comes from npm: for those who run the tests of all commands.
extras: $(VENV)/.tests
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(EXTRAS:%=-e '.[%]')
	touch $(EXTRAS:%=$(VENV)/.with-%)

clients: $(VENV)/node-sdk/.installed $(VENV)/clients/.installed $(VENV)/node-ric/.installed

clean:
	rm -rf $(VENV)
