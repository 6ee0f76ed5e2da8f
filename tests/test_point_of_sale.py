"""The bridges to the point of sale, tested in a database of their own.

The app is large: every other test would wait for it if it were in the template.
"""

from apart import check


def test_the_bridges_install_themselves_and_pass_their_tests():
    check(
        "pos",
        ["customer_insight", "loyalty_program", "pos_loyalty", "pos_sale"],
        ["customer_insight_pos", "loyalty_program_pos"],
    )
