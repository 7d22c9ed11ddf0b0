"""After kill -9 nothing is left: workers, also busy ones, what they started, temporary folders."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

RUN = """
import sys, threading
from pathlib import Path
from aslrun.drivers.calls import Call
from aslrun.document.definitions import template_of
from aslrun.functions.invocation import LambdaFunctions
from aslrun.functions.table import Functions
from aslrun.functions.template import functions_of

folder = Path(sys.argv[1])
lambdas = LambdaFunctions(Functions({}, folder=folder, declared=functions_of(template_of(folder))))
threads = [threading.Thread(target=lambdas.invoke, args=[Call(name, {}, "T")]) for name in ("busy", "inline")]
for thread in threads: thread.start()
lambdas.invoke(Call("idle", {}, "T"))
for thread in threads: thread.join()
"""
HANDLERS = """
import json, os, subprocess, sys
from pathlib import Path

def note(kind, **facts):
    Path(os.environ["NOTES"], kind + ".part").write_text(json.dumps(facts))
    os.rename(Path(os.environ["NOTES"], kind + ".part"), Path(os.environ["NOTES"], kind))

def busy(event, context):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    pids = [os.getpid(), child.pid]
    if sys.platform == "linux":
        # It leaves the group; only Linux tells whose child it is.
        apart = ["/bin/sh", "-c", "sleep 60 & echo $!; wait"]
        leaver = subprocess.Popen(apart, start_new_session=True, stdout=subprocess.PIPE)
        pids += [leaver.pid, int(leaver.stdout.readline())]
    note("busy", pids=pids)
    # In C, so that no thread of the process can run.
    sum(range(10 ** 12))

def idle(event, context):
    note("idle", pids=[os.getpid()])
"""
TEMPLATE = {
    "Resources": {
        "Inline": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": "inline",
                "Runtime": "python3.12",
                "Handler": "index.f",
                "Timeout": 60,
                "Code": {
                    "ZipFile": "import os, time, json\nfrom pathlib import Path\n"
                    "def f(event, context):\n"
                    " Path(os.environ['NOTES'], 'p').write_text(json.dumps({'pids': [os.getpid()],"
                    " 'folder': os.getcwd()}))\n"
                    " os.rename(Path(os.environ['NOTES'], 'p'), Path(os.environ['NOTES'], 'inline'))\n"
                    " time.sleep(60)"
                },
            },
        }
    }
}


@pytest.mark.skipif(sys.platform == "win32", reason="there is no shell")
def test_nobody_is_left_behind(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    (tmp_path / "handlers.py").write_text(HANDLERS)
    (tmp_path / "template.json").write_text(json.dumps(TEMPLATE))
    (tmp_path / "aslrun.toml").write_text(
        '[functions]\nbusy = "handlers.py:busy"\nidle = "handlers.py:idle"\n'
    )
    environment = {**os.environ, "NOTES": str(notes)}
    run = subprocess.Popen([sys.executable, "-c", RUN, str(tmp_path)], env=environment)
    try:
        while not {file.name for file in notes.iterdir()} >= {"busy", "idle", "inline"}:
            assert run.poll() is None
            time.sleep(0.01)
        told = [json.loads((notes / kind).read_text()) for kind in ("busy", "idle", "inline")]
        assert Path(told[2]["folder"]).is_dir()
    finally:
        run.send_signal(signal.SIGKILL)
        run.wait()
    # No sooner than the system gets to it: a busy machine takes longer than the second that is promised.
    end = time.monotonic() + 20
    while time.monotonic() < end and any(lives(pid) for facts in told for pid in facts["pids"]):
        time.sleep(0.01)
    assert not [pid for facts in told for pid in facts["pids"] if lives(pid)]
    while time.monotonic() < end and Path(told[2]["folder"]).exists():
        time.sleep(0.01)
    assert not Path(told[2]["folder"]).exists()


def lives(pid: int) -> bool:
    """Tell whether a process runs; one that has ended and that nobody has waited for does not."""
    told = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(told.stdout.strip()) and "Z" not in told.stdout
