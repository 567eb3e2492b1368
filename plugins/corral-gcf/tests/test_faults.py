"""What a cloud does to calls: the right answer all the same, or one clear error."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from corral_core.engine.loading import load_job
from corral_core.engine.run import run
from corral_core.errors import ExecutorError, ExecutorUnavailable, TaskTimeout, Throttled, WorkerLost
from corral_core.settings import load_settings
from corral_core.tasks import decode_reply, encode
from corral_core.testing.jobs import TaskBench
from corral_gcf.executor import GcfExecutor
from corral_gcf.settings import GcfSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from corral_core.testing.invoke_faults import InvokeFault
    from corral_gcf.testing import LocalGcp

pytestmark = [pytest.mark.servers, pytest.mark.slow]

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture
def bench(tmp_path: Path) -> TaskBench:
    return TaskBench(tmp_path / "job", "gs://data/bench")


@pytest.fixture
def opened(gcp: LocalGcp, bench: TaskBench) -> Iterator[Callable[..., GcfExecutor]]:
    """Opens an executor with these settings."""
    made: list[GcfExecutor] = []

    def make(**settings: Any) -> GcfExecutor:
        executor = GcfExecutor(GcfSettings.model_validate({"gcf_memory": 256} | settings), concurrency=8)
        made.append(executor)
        executor.open(replace(bench.bundle(), work="gs://data/bench/work"))
        return executor

    yield make
    for executor in made:
        executor.close()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("throttle", Throttled),
        ("error", WorkerLost),
        ("bad_gateway", WorkerLost),
        ("unavailable", WorkerLost),
        ("cut", WorkerLost),
        ("lose", WorkerLost),
    ],
)
def test_each_bad_end_of_a_call_is_one_of_the_closed_set(
    gcp: LocalGcp,
    bench: TaskBench,
    opened: Callable[..., GcfExecutor],
    fault: InvokeFault,
    error: type[ExecutorError],
) -> None:
    executor = opened()
    before = len(gcp.calls)
    gcp.faults.choose = lambda function, payload: fault
    with pytest.raises(error):
        executor.submit(encode(bench.acting("echo x"))).result(60)
    assert [call.operation for call in gcp.calls[before:]].count("Invoke") == 1  # nothing tries it again


def test_a_task_over_its_time_is_told_by_the_worker_itself(
    bench: TaskBench, opened: Callable[..., GcfExecutor], tmp_path: Path
) -> None:
    """Which runs in the main thread, where the signal comes."""
    executor = opened(gcf_timeout=4)
    reply = decode_reply(executor.submit(encode(bench.acting(f"hold {tmp_path / 'sign'}"))).result(60))
    assert getattr(reply, "kind", "") == "timeout"


def test_a_function_that_google_ends_is_a_time_out(
    gcp: LocalGcp, bench: TaskBench, opened: Callable[..., GcfExecutor], tmp_path: Path
) -> None:
    executor = opened(gcf_timeout=2, gcf_environment=("CORRAL_SECONDS=600",))
    with pytest.raises(TaskTimeout, match="--gcf-timeout"):
        executor.submit(encode(bench.acting(f"hold {tmp_path / 'sign'}"))).result(60)


def test_more_calls_than_instances_are_throttled(
    gcp: LocalGcp, bench: TaskBench, opened: Callable[..., GcfExecutor], tmp_path: Path
) -> None:
    one, other = opened(gcf_max_instances=1, gcf_timeout=30), opened(gcf_max_instances=1, gcf_timeout=30)
    held = one.submit(encode(bench.acting(f"hold {tmp_path / 'sign'}")))
    while not (tmp_path / "sign").exists():
        assert not held.done(), held.exception(0)
    with pytest.raises(Throttled, match="gcfMaxInstances"):
        other.submit(encode(bench.acting("echo x"))).result(60)


def test_tokens_are_renewed_before_they_expire(
    gcp: LocalGcp, bench: TaskBench, opened: Callable[..., GcfExecutor]
) -> None:
    gcp.identity.seconds = 200  # less than google-auth's own margin: each is renewed as soon as it is there
    executor = opened()
    before = [call.operation for call in gcp.calls].count("Token")
    for _ in range(3):
        executor.submit(encode(bench.acting("echo x"))).result(60)
    assert [call.operation for call in gcp.calls].count("Token") == before + 3


def test_a_grant_that_is_not_known_everywhere_is_waited_for(
    gcp: LocalGcp, bench: TaskBench, opened: Callable[..., GcfExecutor]
) -> None:
    gcp.control.grant_unseen = 2
    executor = opened()
    refused = [call.status for call in gcp.calls if call.operation == "Invoke"]
    assert refused == [403, 403, 200]
    executor.submit(encode(bench.acting("echo x"))).result(60)


def test_a_function_that_is_gone_says_so(gcp: LocalGcp, bench: TaskBench, opened: Callable[..., GcfExecutor]) -> None:
    executor = opened()
    executor.undeploy()
    with pytest.raises(ExecutorUnavailable, match="is gone while the run used it"):
        executor.submit(encode(bench.acting("echo x"))).result(60)


def test_messages_of_more_than_32_mib_go_by_reference(
    gcp: LocalGcp, bench: TaskBench, opened: Callable[..., GcfExecutor]
) -> None:
    executor = opened(gcf_memory=1024)
    reply = executor.submit(encode(bench.acting("echo big", padding=33 * 2**20))).result(100)
    assert decode_reply(reply).id.phase == "map"


@pytest.mark.parametrize("seed", range(2))
def test_a_run_over_a_bad_network_gives_the_same_bytes(gcp: LocalGcp, tmp_path: Path, seed: int) -> None:
    text = EXAMPLES / "word_count" / "sample" / "words.txt"
    gcp.put("gs://data/in/words.txt", text.read_bytes())
    job = load_job(str(EXAMPLES / "word_count" / "job.py"))
    small = {"split_size": 5000, "map_bin_size": 5000, "reducers": 2}
    with ThreadPoolExecutor(1) as apart:
        expected = load_settings({"executor": "inline", "working_location": str(tmp_path / "out")} | small)
        apart.submit(run, job, [str(text)], expected).result()
    faults = gcp.faults
    faults.seed, faults.throttle, faults.unavailable, faults.cut, faults.lose = seed, 0.15, 0.1, 0.05, 0.05
    options = {"executor": "gcf", "working_location": "gs://data/out", "gcf_memory": 256, "max_attempts": 8}
    run(job, ["gs://data/in/*"], load_settings(options | small))
    assert any(call.fault for call in gcp.calls)
    found = {name: data for name, data in gcp.objects("gs://data/out").items() if name.startswith("output-")}
    assert found == {path.name: path.read_bytes() for path in (tmp_path / "out").glob("output-*")}
    assert not [name for name in gcp.objects("gs://data/out") if name.startswith("_corral")]
