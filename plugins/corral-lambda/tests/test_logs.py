from __future__ import annotations

from corral_lambda.logs import of_run

RUN, OTHER = "20261122-100000-abcdef", "20261122-100001-000000"


def stream(*messages: str) -> list[dict[str, str]]:
    return [{"message": message} for message in messages]


def invocation(run: str, *prints: str) -> list[dict[str, str]]:
    begins = f"corral run {run}, stage 0 map 0, attempt 0: begins"
    return stream("START RequestId: 1 Version: 1", begins, *prints, "END RequestId: 1", "REPORT RequestId: 1")


def test_a_runs_own_prints_come_along_and_other_runs_do_not() -> None:
    mine, theirs = invocation(RUN, "hello"), invocation(OTHER, "not mine")
    assert list(of_run([*theirs, *mine, *theirs, *mine], RUN)) == [*mine, *mine]


def test_an_invocation_that_is_still_running_or_was_cut_off_is_shown() -> None:
    cut = invocation(RUN)[:2]
    assert list(of_run([*cut, *invocation(OTHER), *cut], RUN)) == [*cut, *cut]


def test_what_stands_between_invocations_belongs_to_nobody() -> None:
    assert list(of_run([*stream("INIT_START Runtime"), *invocation(RUN), *stream("EXTENSION")], RUN)) == invocation(RUN)


def test_a_run_whose_id_begins_alike_is_another() -> None:
    assert list(of_run(invocation(RUN + "0"), RUN)) == []
