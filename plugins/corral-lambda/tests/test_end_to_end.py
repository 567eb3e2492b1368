"""The command with ``--executor lambda``, from upload to output, on an AWS of this machine."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from corral_core.report.store import NAME as REPORT
from corral_core.testing.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from corral_lambda.testing import LocalAws

    Corral = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = [pytest.mark.servers, pytest.mark.slow]

EXAMPLES = Path(__file__).parents[3] / "examples"
WORDS = EXAMPLES / "word_count" / "job.py"
JOIN = EXAMPLES / "amplab" / "join.py"
TABLES = sorted((EXAMPLES / "amplab" / "sample").glob("*.csv"))

LENGTHS = """
from corral_core import Job

def mapper(key, line):
    for word in line.split():
        yield len(word), 1

def reducer(length, ones):
    yield length, sum(ones)

job = Job(mapper, reducer)
"""


@pytest.fixture
def words(aws: LocalAws) -> Path:
    """A text, in ``s3://data/in/``."""
    path = aws.bucket("data") / "in" / "words.txt"
    path.parent.mkdir()
    path.write_bytes((EXAMPLES / "word_count" / "sample" / "words.txt").read_bytes())
    return path


def outputs(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("output-*")}


def deployments(aws: LocalAws) -> list[str]:
    return [call.operation for call in aws.calls if call.changes]


def test_word_count_equals_local_processes(aws: LocalAws, corral: Corral, words: Path, tmp_path: Path) -> None:
    corral("--executor", "lambda", WORDS, "s3://data/in/*", "--out", "s3://data/out", "--reducers", 3)
    corral("--executor", "local-process", WORDS, words, "--out", tmp_path / "local", "--reducers", 3)
    assert len(outputs(tmp_path / "local")) == 3
    assert outputs(aws.bucket("data") / "out") == outputs(tmp_path / "local")
    assert (aws.bucket("data") / "out" / "_SUCCESS").exists()


def test_the_amplab_join_equals_local_processes(aws: LocalAws, corral: Corral, tmp_path: Path) -> None:
    for table in TABLES:
        (aws.bucket("data") / table.name).write_bytes(table.read_bytes())
    small = ("--split-size", 20_000, "--map-bin-size", 20_000, "--reducers", 2)
    inputs = [f"s3://data/{table.name}" for table in TABLES]
    corral("--executor", "lambda", JOIN, *inputs, "--out", "s3://data/out", *small)
    corral("--executor", "local-process", JOIN, *TABLES, "--out", tmp_path / "local", *small)
    assert any(outputs(tmp_path / "local").values())
    assert outputs(aws.bucket("data") / "out") == outputs(tmp_path / "local")


def test_a_second_run_deploys_nothing_and_a_changed_job_publishes_a_version(
    aws: LocalAws, corral: Corral, words: Path, tmp_path: Path
) -> None:
    job = tmp_path / "here" / "job.py"
    job.write_text(LENGTHS)
    command = ("--lambda", job, "s3://data/in/*", "--out", "s3://data/out", "--overwrite")
    corral(*command)
    assert deployments(aws) == ["CreateRole", "PutRolePolicy", "PutRolePolicy", "CreateFunction"]
    aws.calls.clear()
    corral(*command)
    assert [call.operation for call in aws.calls].count("Invoke") >= 2
    assert deployments(aws) == []
    before = outputs(aws.bucket("data") / "out")
    job.write_text(LENGTHS.replace("len(word), 1", "len(word), 2"))
    corral(*command)
    assert deployments(aws) == ["UpdateFunctionCode", "UpdateFunctionConfiguration", "PublishVersion"]
    assert outputs(aws.bucket("data") / "out") != before


def test_a_dependency_and_a_local_package_go_along(
    aws: LocalAws,
    corral: Corral,
    tmp_path: Path,
    wheel: Callable[[str, str], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("UV_FIND_LINKS", str(wheel("corral_test_shouting", "def shout(word): return word.upper()")))
    here = tmp_path / "here"
    (here / "helpers").mkdir()
    (here / "helpers" / "__init__.py").write_text("")
    (here / "helpers" / "words.py").write_text("def words(line): return line.split()")
    (here / "job.py").write_text(
        '# /// script\n# dependencies = ["corral-test-shouting==1.0"]\n# ///\n'
        "from corral_core import Job, Sum\nfrom helpers.words import words\n\n\n"
        "def mapper(key, line):\n"
        "    from corral_test_shouting import shout\n"
        "    for word in words(line):\n        yield shout(word), 1\n\n\njob = Job(mapper, Sum())\n"
    )
    (aws.bucket("data") / "in.txt").write_text("a b\nb\n")
    corral("--lambda", "job.py", "s3://data/in.txt", "--out", "s3://data/out", "--reducers", 1)
    assert outputs(aws.bucket("data") / "out") == {"output-0": b"A\t1\nB\t2\n"}


def test_code_that_is_too_large_for_a_request_goes_through_the_working_location(
    aws: LocalAws, corral: Corral, tmp_path: Path
) -> None:
    (tmp_path / "here" / "noise").write_bytes(random.Random(1).randbytes(55 * 2**20))
    (tmp_path / "here" / "job.py").write_text(
        "from pathlib import Path\nfrom corral_core import Job\n\n\ndef mapper(key, line):\n"
        "    yield line, Path(__file__).with_name('noise').stat().st_size\n\n\njob = Job(mapper)\n"
    )
    (aws.bucket("data") / "in.txt").write_text("a\n")
    corral("--lambda", "job.py", "s3://data/in.txt", "--out", "s3://data/out", "--include", "noise")
    [created] = [call for call in aws.calls if call.operation == "CreateFunction"]
    assert created.parameters["Code"]["S3Bucket"] == "data"
    assert created.parameters["Code"]["S3Key"].startswith("out/_corral/")
    assert sorted(path.name for path in (aws.bucket("data") / "out").iterdir()) == ["_SUCCESS", REPORT, "output-0"]
    assert outputs(aws.bucket("data") / "out") == {"output-0": f"a\t{55 * 2**20}\n".encode()}


def test_two_jobs_at_once_under_one_name_both_end_right(
    aws: LocalAws, corral: Corral, words: Path, tmp_path: Path
) -> None:
    (tmp_path / "here" / "lengths.py").write_text(LENGTHS)
    jobs = {"words": str(WORDS), "lengths": "lengths.py"}
    running = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "corral_core", "--lambda", job, "s3://data/in/*"),
                *("--out", f"s3://data/{name}", "--reducers", "2"),
            ],
            cwd=tmp_path / "here",
            stderr=subprocess.PIPE,
            text=True,
        )
        for name, job in jobs.items()
    ]
    for process in running:
        _, said = process.communicate(timeout=100)
        assert process.returncode == 0, said
    for name, job in jobs.items():
        corral("--executor", "inline", job, words, "--out", tmp_path / name, "--reducers", 2)
        assert outputs(aws.bucket("data") / name) == outputs(tmp_path / name)


def test_undeploy_leaves_the_account_empty_and_may_be_repeated(aws: LocalAws, corral: Corral, words: Path) -> None:
    corral("--lambda", WORDS, "s3://data/in/*", "--out", "s3://data/out")
    for _ in range(2):
        corral("--lambda", "--undeploy", "--lambda-delete-logs")
    assert boto3.client("lambda").list_functions()["Functions"] == []
    assert boto3.client("iam").list_roles()["Roles"] == []
    assert boto3.client("logs").describe_log_groups()["logGroups"] == []


def test_undeploy_touches_nothing_that_somebody_else_made(aws: LocalAws, corral: Corral) -> None:
    iam, trust = boto3.client("iam"), '{"Version":"2012-10-17","Statement":[]}'
    for role in ("CorralExecutionRole", "other"):
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)
    arn = iam.get_role(RoleName="other")["Role"]["Arn"]
    code = {"ZipFile": b"PK\5\6" + bytes(18)}
    functions = boto3.client("lambda")
    functions.create_function(FunctionName="corral_function", Role=arn, Runtime="python3.11", Handler="a.b", Code=code)
    aws.calls.clear()
    corral("--lambda", "--undeploy", "--lambda-delete-logs")
    assert deployments(aws) == []


def test_status_and_logs_tell_of_the_run(aws: LocalAws, corral: Corral, words: Path, tmp_path: Path) -> None:
    (tmp_path / "here" / "job.py").write_text(LENGTHS.replace("    for", "    print('seen', line[:1])\n    for", 1))
    for out in ("one", "two"):
        corral("--lambda", "job.py", "s3://data/in/*", "--out", f"s3://data/{out}", "--reducers", 1)
    status = corral("status").stdout
    assert "function corral_function in us-east-1: active" in status
    assert status.count("version ") == 1
    logs = corral("logs", "s3://data/two").stdout
    assert logs.count(": begins") == 2
    assert "seen" in logs
    assert logs.count("REPORT RequestId") == 2
    corral("--lambda", "--undeploy")
    assert "not deployed" in corral("status").stdout


@pytest.mark.parametrize("faults", [{"throttle": 0.3}, {"error": 0.3}, {"cut": 0.15, "lose": 0.15}], ids=" ".join)
def test_a_bad_day_of_lambda_changes_no_answer(
    aws: LocalAws, corral: Corral, words: Path, tmp_path: Path, faults: dict[str, float]
) -> None:
    for name, fraction in faults.items():
        setattr(aws.front.faults, name, fraction)
    small = ("--split-size", 2_500, "--map-bin-size", 2_500, "--reducers", 3, "--max-attempts", 10)
    corral("--lambda", WORDS, "s3://data/in/*", "--out", "s3://data/out", *small)
    corral("--executor", "inline", WORDS, words, "--out", tmp_path / "local", *small)
    assert any(call.fault for call in aws.calls)
    assert outputs(aws.bucket("data") / "out") == outputs(tmp_path / "local")


def test_a_bad_day_of_s3_changes_no_answer(aws: LocalAws, corral: Corral, words: Path, tmp_path: Path) -> None:
    aws.worker_s3.faults = Faults(seed=1, slow_down=0.2, cut=0.1)
    small = ("--split-size", 2_500, "--map-bin-size", 2_500, "--reducers", 3, "--max-attempts", 10)
    corral("--lambda", WORDS, "s3://data/in/*", "--out", "s3://data/out", *small)
    corral("--executor", "inline", WORDS, words, "--out", tmp_path / "local", *small)
    assert any(seen.fault for seen in aws.worker_s3.seen)
    assert outputs(aws.bucket("data") / "out") == outputs(tmp_path / "local")


@pytest.mark.parametrize(
    ("line", "said"),
    [("time.sleep(600)", "--lambda-timeout"), ("list(iter(lambda: os.urandom(2**20), 0))", "--lambda-memory")],
    ids=["never ends", "takes all memory"],
)
def test_a_record_that_no_function_survives_fails_the_run_with_one_clear_error(
    aws: LocalAws, corral: Corral, tmp_path: Path, line: str, said: str
) -> None:
    (aws.bucket("data") / "in.txt").write_text("a\nb\nc\n")
    (tmp_path / "here" / "job.py").write_text(
        "import os\nimport time\nfrom corral_core import Job\n\n\n"
        f"def mapper(key, line):\n    if line == 'b':\n        {line}\n    yield line, 1\n\n\njob = Job(mapper)\n"
    )
    limits = ("--lambda-timeout", 4, "--lambda-memory", 256)
    done = corral("--lambda", "job.py", "s3://data/in.txt", "--out", "s3://data/out", *limits, code=1)
    assert said in done.stderr
    assert outputs(aws.bucket("data") / "out") == {}
