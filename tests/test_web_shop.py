"""The bridges to the web shop and to courses, tested in a database of their own.

The apps are large: every other test would wait for them if they were in the template.
"""

from apart import check


def test_the_bridges_install_themselves_and_pass_their_tests():
    check(
        "shop",
        ["customer_insight", "loyalty_program", "website_sale", "website_slides"],
        [
            "customer_insight_slides",
            "loyalty_program_slides",
            "loyalty_program_website_sale",
        ],
    )
