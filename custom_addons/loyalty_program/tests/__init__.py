from . import (
    test_access,
    test_account,
    test_adjust,
    test_expiry,
    test_ledger,
    test_limits,
    test_order,
    test_portal,
    test_refund,
    test_tier,
    test_walk,
)
