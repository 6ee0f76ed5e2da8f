from odoo import api, models
from odoo.tools import SQL


class LoyaltyCard(models.Model):
    """Whether the ledger of an account is what was written."""

    _inherit = "loyalty.card"

    def action_verify(self):
        """Check the ledger of these accounts and say what was found."""
        self.check_access("read")
        findings = self.sudo()._verify()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "danger" if findings else "success",
                "sticky": bool(findings),
                "title": self.env._("Points Ledger"),
                "message": "\n".join(findings.values())
                or self.env._("Every line and every balance is as it was written."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _cron_verify(self):
        """Check all accounts; what is wrong can be filtered in the list."""
        self.sudo()._verify(everything=True)

    def _verify(self, everything=False):
        """Recompute digests, balances and what is left of each line.

        The first problem of each account is stored on it.

        :param everything: look at all accounts there are, not at these
        :return: ``{card: sentence}`` of the accounts with a problem
        """
        self.env.flush_all()
        scope = SQL("TRUE") if everything else SQL("card.id = ANY(%s)", self.ids)
        problems = {}
        for name, query in self._verify_queries(scope).items():
            for card_id, detail in self.env.execute_query(query):
                problems.setdefault(card_id, self._problem_text(name, detail))
        self._store_problems(scope, problems)
        cards = self.browse(problems)
        return {
            card: self.env._(
                "%(account)s: %(problem)s",
                account=card.display_name,
                problem=problems[card.id],
            )
            for card in cards
        }

    def _store_problems(self, scope, problems):
        self.env.execute_query(
            SQL(
                """UPDATE loyalty_card card SET ledger_problem = found.problem
                   FROM loyalty_card same
                   LEFT JOIN unnest(%s::int4[], %s::varchar[]) found (id, problem)
                       ON found.id = same.id
                   WHERE same.id = card.id AND %s
                     AND card.ledger_problem IS DISTINCT FROM found.problem
                   RETURNING card.id""",
                list(problems),
                list(problems.values()),
                scope,
            )
        )
        self.invalidate_model(["ledger_problem"], flush=False)

    def _problem_text(self, name, detail):
        return {
            "altered": self.env._("line %s was altered or is missing", detail),
            "head": self.env._("lines after number %s are missing", detail),
            "balance": self.env._("balance and ledger differ by %s points", detail),
            "open": self.env._("what is left of line %s does not add up", detail),
        }[name]

    def _verify_queries(self, scope):
        """``{kind of problem: SELECT card id, detail}``, the gravest first."""
        return {
            "altered": self._altered_query(scope),
            "head": SQL(
                """SELECT card.id, COALESCE(max(move.sequence), 0)::text
                   FROM loyalty_card card
                   LEFT JOIN loyalty_point_move move ON move.card_id = card.id
                   WHERE %s GROUP BY card.id
                   HAVING COALESCE(card.ledger_sequence, 0)
                          != COALESCE(max(move.sequence), 0)""",
                scope,
            ),
            "balance": SQL(
                """SELECT card.id, (round(COALESCE(card.points, 0)::numeric, 2)
                                    - COALESCE(sum(move.points), 0))::text
                   FROM loyalty_card card
                   LEFT JOIN loyalty_point_move move ON move.card_id = card.id
                   WHERE %s AND (card.is_account OR move.id IS NOT NULL)
                   GROUP BY card.id
                   HAVING round(COALESCE(card.points, 0)::numeric, 2)
                          != COALESCE(sum(move.points), 0)""",
                scope,
            ),
            "open": self._open_query(scope),
        }

    def _altered_query(self, scope):
        """Lines whose digest or number does not follow from the line before."""
        return SQL(
            """SELECT card_id, min(sequence)::text FROM (
                   SELECT move.card_id, move.sequence,
                          move.digest = %s
                          AND move.sequence = move.before + 1 AS is_sound
                   FROM (SELECT move.*,
                                lag(move.digest, 1, '') OVER chain AS previous,
                                lag(move.sequence, 1, 0) OVER chain AS before
                         FROM loyalty_point_move move
                         JOIN loyalty_card card ON card.id = move.card_id
                         WHERE %s
                         WINDOW chain AS (PARTITION BY move.card_id
                                          ORDER BY move.sequence)) move
               ) line
               WHERE is_sound IS NOT TRUE GROUP BY card_id""",
            self.env["loyalty.point.move"]._digest_sql("move", SQL("move.previous")),
            scope,
        )

    def _open_query(self, scope):
        """Lines of which another rest is stored than their allocations leave."""
        return SQL(
            """SELECT card_id, min(sequence)::text FROM (
                   SELECT move.card_id, move.sequence, move.points_open,
                          move.points - COALESCE(sum(used.points)
                                                 * sign(move.points), 0) AS rest
                   FROM loyalty_point_move move
                   JOIN loyalty_card card ON card.id = move.card_id
                   LEFT JOIN loyalty_point_allocation used
                       ON move.id IN (used.credit_id, used.debit_id)
                   WHERE %s GROUP BY move.id
               ) line WHERE points_open IS DISTINCT FROM rest GROUP BY card_id""",
            scope,
        )
