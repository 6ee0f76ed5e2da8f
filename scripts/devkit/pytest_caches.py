"""pytest plug-in: what Odoo has cached is rolled back with the data.

Odoo forgets everything after each test, and works out groups, routes, templates, rights
and defaults anew some thousand times: a tenth of a run. Here caches get back what they
held when the test's savepoint was made. Those with a name of their own, which hold what
is the same for all tests, even keep what they have learned meanwhile unless something
has invalidated them – a server, too, relies on that alone.
"""

from functools import wraps

_KEPT = frozenset({"assets", "groups", "routing", "stable", "templates"})


def pytest_configure(config):
    if config.pluginmanager.hasplugin("odoo"):
        config.pluginmanager.register(Caches(), "suite-caches")


class Caches:
    """The registry's caches while a test runs.

    ``by_class`` and ``by_test`` are the names of those that were invalidated since the
    class, and since the test, began.
    """

    def __init__(self):
        self.by_class = set()
        self.by_test = set()
        self.at_start = {}  # of the test
        self.end = None  # how to clear them at the end that has just come

    def pytest_sessionstart(self):
        self._watch_registry()
        self._watch_cases()

    def _watch_registry(self):
        from odoo.orm.registry import _CACHES_BY_KEY, Registry

        clear, clear_all = Registry.clear_cache, Registry.clear_all_caches
        set_up = Registry._setup_models__

        def clear_cache(registry, *names):
            for name in names or ("default",):
                self.by_test.update(_CACHES_BY_KEY[name])
            clear(registry, *names)

        def setup_models(registry, *args, **kwargs):
            self.by_test |= _KEPT
            set_up(registry, *args, **kwargs)

        def clear_all_caches(registry):
            if self.end:
                self.end(registry)
            else:
                self.by_test |= _KEPT
                clear_all(registry)

        Registry.clear_cache = clear_cache
        Registry.clear_all_caches = clear_all_caches
        Registry._setup_models__ = setup_models

    def _watch_cases(self):
        from odoo.tests.common import BaseCase, TransactionCase

        set_up = TransactionCase.setUp

        def begin(case):
            set_up(case)
            self.begin_test(case.registry)

        TransactionCase.setUp = begin
        BaseCase.doCleanups = self.ending(BaseCase.doCleanups, self.end_test)
        BaseCase.doClassCleanups = classmethod(
            self.ending(BaseCase.doClassCleanups.__func__, self.end_class)
        )

    def ending(self, clean_up, end):
        """Wrap the clean-up after a test or a class, which clears all caches."""

        @wraps(clean_up)
        def cleaned_up(case):
            self.end = end
            try:
                return clean_up(case)
            finally:
                self.end = None

        return cleaned_up

    def begin_test(self, registry):
        """Remember what is cached as the savepoint has just been made."""
        self.by_class |= self.by_test
        self.by_test.clear()
        self.at_start = {
            name: cache.snapshot for name, cache in _caches(registry).items()
        }

    def end_test(self, registry):
        """Go back to what was cached, and keep what is the same for all tests."""
        for name, cache in _caches(registry).items():
            if name not in _KEPT or name in self.by_test:
                cache.clear()
                cache.update(self.at_start.get(name, {}))
        self.by_test.clear()
        registry.cache_invalidated.clear()

    def end_class(self, registry):
        """Forget all but what is the same for all classes."""
        changed = self.by_class | self.by_test
        for name, cache in _caches(registry).items():
            if name not in _KEPT or name in changed:
                cache.clear()
        self.by_class.clear()
        self.by_test.clear()
        registry.cache_invalidated.clear()


def _caches(registry):
    return registry._Registry__caches
