"""The settings of a scoring as one value."""

import json
from dataclasses import FrozenInstanceError

import pytest

from ..policy import Policy


def test_defaults_are_the_documented_ones():
    policy = Policy()
    assert (policy.loyal_purchases, policy.loyal_months) == (4, 12)
    assert (policy.at_risk_days, policy.churned_days) == (90, 180)
    assert (policy.purchase_basis, policy.stage_set) == ("order", "six")
    assert policy.min_population == 50
    assert policy.rfm_window_months == 0


def test_a_policy_survives_json_unchanged():
    policy = Policy(value_rule="amount", value_high=500.5, churned_days=365)
    assert Policy(**json.loads(json.dumps(policy.to_dict()))) == policy


def test_a_policy_names_each_of_its_parameters_once():
    assert Policy.names() == list(Policy().to_dict())
    assert len(set(Policy.names())) == len(Policy.names())


def test_a_policy_cannot_be_changed_after_the_fact():
    with pytest.raises(FrozenInstanceError):
        Policy().churned_days = 1
