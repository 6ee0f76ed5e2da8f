"""Take over what core's loyalty has, once; leave core working without the add-on."""

from odoo.tools import SQL

_DUPLICATES = """
    SELECT card.id,
           first_value(card.id) OVER (
               PARTITION BY card.program_id, card.partner_id
               ORDER BY card.active DESC, card.id) AS heir
    FROM loyalty_card card
    JOIN loyalty_program program ON program.id = card.program_id
    WHERE card.partner_id IS NOT NULL
      AND (program.applies_on = 'both'
           OR program.program_type IN ('ewallet', 'loyalty')
           AND program.applies_on = 'future')
"""


def pre_init_hook(env):
    """Join second cards of a member and program, and mark the accounts.

    Done before the models are, so that the index on accounts can be built and the
    columns need not be computed card by card.
    """
    env.cr.execute(
        f"""
        ALTER TABLE loyalty_card ADD COLUMN is_account bool,
                                 ADD COLUMN merged_into_id int4;
        UPDATE loyalty_card card SET merged_into_id = NULLIF(same.heir, card.id),
                                     is_account = same.heir = card.id
        FROM ({_DUPLICATES}) same WHERE same.id = card.id;
        UPDATE loyalty_card card SET points = COALESCE(card.points, 0) + twin.points
        FROM (SELECT merged_into_id AS heir, sum(points) AS points FROM loyalty_card
              WHERE merged_into_id IS NOT NULL GROUP BY merged_into_id) twin
        WHERE card.id = twin.heir;
        UPDATE sale_order_line line SET coupon_id = card.merged_into_id
        FROM loyalty_card card
        WHERE card.id = line.coupon_id AND card.merged_into_id IS NOT NULL;
        DELETE FROM sale_order_coupon_points entry USING loyalty_card card
        WHERE card.id = entry.coupon_id AND card.merged_into_id IS NOT NULL
          AND EXISTS (SELECT FROM sale_order_coupon_points other
                      WHERE other.order_id = entry.order_id
                        AND other.coupon_id = card.merged_into_id);
        UPDATE sale_order_coupon_points entry SET coupon_id = card.merged_into_id
        FROM loyalty_card card
        WHERE card.id = entry.coupon_id AND card.merged_into_id IS NOT NULL;
        UPDATE loyalty_card SET points = 0, active = FALSE
        WHERE merged_into_id IS NOT NULL;
        """
    )


def post_init_hook(env):
    """Open the ledger of each account with the balance core has kept."""
    env.flush_all()
    env.cr.execute(
        "SELECT id, points FROM loyalty_card WHERE is_account AND points != 0"
    )
    balances = dict(env.cr.fetchall())
    env.cr.execute(
        "UPDATE loyalty_card SET points = 0 WHERE is_account AND points != 0"
    )
    cards = env["loyalty.card"].browse(balances)
    moves = env["loyalty.point.move"]
    moves._append(
        SQL(
            """SELECT balance.id AS card_id, day.today AS date,
                      'opening'::varchar AS kind, 'other'::varchar AS side,
                      round(balance.points, 2) AS points,
                      round(balance.points, 2) AS points_open,
                      NULL::date AS available_on, NULL::date AS expires_on,
                      NULL::varchar AS source_model, NULL::int4 AS source_id,
                      'opening'::varchar AS source_key, NULL::int4 AS reversed_move_id,
                      NULL::int4 AS origin_move_id, NULL::varchar AS reason
               FROM unnest(%s::int4[], %s::numeric[]) balance (id, points)
               JOIN loyalty_card card ON card.id = balance.id
               JOIN (%s) day ON day.company = COALESCE(card.company_id, 0)
               WHERE round(balance.points, 2) != 0""",
            list(balances),
            list(balances.values()),
            cards._days_sql(),
        )
    )


def uninstall_hook(env):
    """Leave core's cards, balances and history, and nothing of the ledger."""
    env.cr.execute("DROP FUNCTION IF EXISTS loyalty_ledger_is_append_only() CASCADE")
    env.cr.execute("DROP AGGREGATE IF EXISTS loyalty_ledger_chain(text, jsonb)")
    env.cr.execute(
        "DROP FUNCTION IF EXISTS loyalty_ledger_seal(text, text, jsonb) CASCADE"
    )
