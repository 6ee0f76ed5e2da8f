"""Fixtures of the suite-wide tests, which run against a database with all add-ons."""

import unittest

import pytest


@pytest.fixture
def env(load_registry):
    """An Odoo environment as superuser; what a test does with it is rolled back.

    It is that of a real TransactionCase: commits are forbidden and requests to the
    outside blocked, as in the tests of the add-ons.
    """
    import odoo.modules.module
    from odoo.tests import TransactionCase

    class Case(TransactionCase):
        test_tags = {"standard", "post_install"}

        def runTest(self):
            pass

    previous = odoo.modules.module.current_test
    Case.setUpClass()
    case = odoo.modules.module.current_test = Case("runTest")
    try:
        case.setUp()
        try:
            yield case.env
        finally:
            case.tearDown()
            # Of the base class: Odoo's own needs the result object of its test runner.
            unittest.TestCase.doCleanups(case)
    finally:
        Case.tearDownClass()
        Case.doClassCleanups()
        odoo.modules.module.current_test = previous
