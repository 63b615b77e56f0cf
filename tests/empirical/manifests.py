"""What the manifest of a shipped model must say of the run behind it."""

from empirical.files.checkpoint import Checkpoint
from empirical.tasks import task_from_entries
from empirical.training.plan import Plan
from empirical.training.provenance import data_sha256


def assert_made_by(found: Checkpoint, plan: Plan) -> None:
    """Task, shape, plan and data are those of the plan, and the code was committed."""
    assert found.task is not None
    assert found.manifest is not None
    assert task_from_entries(found.task.name, found.task.entries) == plan.task
    assert found.config == plan.model
    assert found.manifest["config"] == plan.to_json()
    assert found.manifest["data_sha256"] == data_sha256(plan)
    assert not str(found.manifest["commit"]).endswith("-dirty")
