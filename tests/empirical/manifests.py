"""What the manifest of a shipped model must say of the run behind it."""

from empirical.files.checkpoint import Checkpoint
from empirical.tasks import task_from_entries
from empirical.training.plan import Plan
from empirical.training.provenance import data_sha256


def assert_made_by(checkpoint: Checkpoint, plan: Plan) -> None:
    """Task, shape, plan and data are those of the plan, and the code was committed."""
    assert checkpoint.task is not None
    assert checkpoint.manifest is not None
    assert task_from_entries(checkpoint.task.name, checkpoint.task.entries) == plan.task
    assert checkpoint.config == plan.model
    assert checkpoint.manifest["config"] == plan.to_json()
    assert checkpoint.manifest["data_sha256"] == data_sha256(plan)
    assert not str(checkpoint.manifest["commit"]).endswith("-dirty")
