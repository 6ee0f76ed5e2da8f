"""What Odoo has cached is rolled back with the data; what never changes is kept."""

import pytest


@pytest.fixture
def plugin(request, env):
    """The plug-in, in a class that has changed nothing yet."""
    plugin = request.config.pluginmanager.getplugin("suite-caches")
    plugin.by_class.clear()
    plugin.by_test.clear()
    return plugin


@pytest.fixture
def caches(env):
    """The registry's caches by name."""
    return env.registry._Registry__caches


@pytest.fixture
def end_of_test(env, plugin):
    """Function: what happens to the caches when a test is over."""
    clean_up = plugin.ending(
        lambda _case: env.registry.clear_all_caches(), plugin.end_test
    )
    return lambda: clean_up(None)


@pytest.fixture
def end_of_class(env, plugin):
    """Function: what happens to them when a class is over."""
    clean_up = plugin.ending(
        lambda _case: env.registry.clear_all_caches(), plugin.end_class
    )
    return lambda: clean_up(None)


def test_what_nobody_changed_is_kept(env, caches, end_of_test, end_of_class):
    known = env["res.groups"]._get_group_definitions()
    end_of_test()
    assert env["res.groups"]._get_group_definitions() is known
    end_of_class()
    assert env["res.groups"]._get_group_definitions() is known


def test_what_a_test_changed_is_forgotten(env, caches, end_of_test):
    env["ir.model.fields"]._get_fields_cached("res.groups")
    env["res.groups"].create({"name": "Only in this test"})
    made = env["res.groups"]._get_group_definitions()
    end_of_test()
    assert made not in caches["groups"].values()
    assert caches["stable"]
    known = env["res.groups"]._get_group_definitions()
    end_of_test()  # of the next one, which changes nothing
    assert env["res.groups"]._get_group_definitions() is known


def test_what_a_class_changed_stays_as_long_as_it(
    env, plugin, caches, end_of_test, end_of_class
):
    env["res.groups"].create({"name": "In all tests of the class"})
    made = env["res.groups"]._get_group_definitions()
    plugin.begin_test(env.registry)
    end_of_test()
    assert env["res.groups"]._get_group_definitions() is made
    end_of_class()
    assert not caches["groups"]


def test_rights_and_the_like_are_as_before_the_test(
    env, plugin, caches, end_of_test, end_of_class
):
    admin = env.ref("base.user_admin")
    admin._get_group_ids()
    before = caches["default"].snapshot
    plugin.begin_test(env.registry)
    env["ir.default"].set("res.partner", "city", "Only in this test")
    assert env["ir.default"]._get_model_defaults("res.partner")
    end_of_test()
    assert caches["default"].snapshot == before
    end_of_class()
    assert not caches["default"]


def test_other_models_forget_everything(env, caches, end_of_class):
    env.registry._setup_models__(env.cr, ["res.groups"])
    env["res.groups"]._get_group_definitions()
    env["ir.model.fields"]._get_fields_cached("res.groups")
    end_of_class()
    assert not any(caches.values())
