"""What a version gets to run."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from corral_core.executor import Bundle
from corral_core.tasks import JobRef
from corral_lambda.archive import archive
from corral_lambda.settings import LambdaSettings

pytestmark = pytest.mark.slow  # what is not in the bundles' cache comes from an index

EXAMPLES = Path(__file__).parents[3] / "examples" / "word_count"
PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture(scope="module")
def zipped() -> bytes:
    """The word count's code."""
    bundle = Bundle(JobRef("file", "job.py", str(EXAMPLES)), (str(EXAMPLES),))
    request = archive(bundle, LambdaSettings(), PYTHON, (), None).request()
    assert isinstance(request["ZipFile"], bytes)
    return request["ZipFile"]


def test_a_word_count_is_small(zipped: bytes) -> None:
    assert len(zipped) <= 20_000_000


def test_a_worker_gets_the_handler_s3fs_and_the_job_and_nothing_of_the_drivers(zipped: bytes) -> None:
    with ZipFile(io.BytesIO(zipped)) as files:
        names = files.namelist()
    assert {"job.py", "corral_lambda/handler.py", "corral_core/worker.py", "s3fs/core.py"} <= set(names)
    tops = {name.partition("/")[0] for name in names}
    assert not tops & {"boto3", "click", "pluggy", "pydantic", "rich", "yaml", "tests"}
    models = {name.split("/")[2] for name in names if name.startswith("botocore/data/") and name.count("/") > 2}
    assert models == {"s3", "sts"}
