import json

from .common import AS_OF, INSIGHT_MANAGER, INSIGHT_USER, CustomerInsightCase


class AnalysisCase(CustomerInsightCase):
    """A manager and a salesperson who look at analysis screens."""

    model = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        export = "base.group_allow_export"
        cls.manager = cls._add_user("analysis_boss", f"{INSIGHT_MANAGER},{export}")
        cls.salesperson = cls._add_user("analysis_sales", INSIGHT_USER)

    @classmethod
    def _analysis(cls, user=None, model=None):
        return (
            cls.env[model or cls.model]
            .with_user(user or cls.manager)
            .with_context(allowed_company_ids=cls.company.ids)
        )

    @classmethod
    def _analyse(cls, user=None, **params):
        params = {"until": AS_OF.isoformat(), **params}
        result = cls._analysis(user).analyse(params)
        json.dumps(result, allow_nan=False)  # strict JSON, or it raises
        return result

    @classmethod
    def _blocks(cls, kind, user=None, **params):
        blocks = cls._analyse(user, **params)["blocks"]
        return [block for block in blocks if block["type"] == kind]

    @classmethod
    def _opened(cls, key, user=None, **params):
        """The records behind a figure, as its user would find them."""
        params = {"until": AS_OF.isoformat(), **params}
        analysis = cls._analysis(user)
        action = analysis.open_records(params, key)
        return (
            analysis.env[action["res_model"]]
            .with_context(**action["context"])
            .search(action["domain"])
        )
