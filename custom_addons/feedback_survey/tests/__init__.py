from . import (
    test_access,
    test_answers,
    test_cases,
    test_drivers,
    test_entry,
    test_profile,
    test_requests,
    test_rules,
    test_scores,
    test_themes,
    test_ui,
    test_validation,
)
