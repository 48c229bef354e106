"""What Ray Workflow is known to break is listed beside its mechanisms, with the recorded runs that say how often."""

from __future__ import annotations

from actorproof.harness.run import shipped


def test_a_known_cause_of_ray_workflow_is_accepted_as_often_as_recorded_runs_let_expect() -> None:
    found = shipped.deviations("ray-workflow", "1.13.0")
    assert {each.mechanism for each in found} <= {each.id for each in shipped.mechanisms("ray-workflow")}
    assert found
    assert all(each.incidents.events > 0 and each.incidents.opportunities > 100 for each in found)


def test_nothing_is_accepted_of_another_version_nor_of_the_control() -> None:
    assert shipped.deviations("ray-workflow", "1.12.0") == ()
    assert shipped.deviations("ray", "2.60.0") == ()


def test_what_is_known_of_dapr_is_listed_where_it_always_was() -> None:
    assert shipped.deviations("dapr", "1.18.2")
