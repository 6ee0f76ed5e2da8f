import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");

tours.add("loyalty_member", {
    steps: () => [
        {
            content: "the entry on the own page",
            trigger: "a[href='/my/loyalty']:contains(Your Points)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "the card with what was earned",
            trigger: "#loyalty_balance:contains(100)",
        },
        {
            content: "a quotation has reserved nothing yet; the gift can be claimed",
            trigger: ".o_loyalty_reward:contains(Tote bag) button:contains(Claim)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "it is said what to do",
            trigger: ".alert-success:contains(Tote bag):contains(ask our staff)",
        },
        {
            trigger: "#loyalty_balance:contains(60)",
        },
        {
            content: "the line is in the history, beside the order that earned",
            trigger:
                "#loyalty_history:contains(Redeemed):contains(Earned) a[href*='/my/orders/']",
        },
    ],
});

tours.add("loyalty_seller", {
    steps: () => [
        {
            content: "the quotation says what it will earn",
            trigger: ".o_field_widget[name=loyalty_expected]:contains(100 Points)",
        },
        {
            content: "it is confirmed",
            trigger: "button[name=action_confirm]:visible",
            run: "click",
        },
        {
            content: "the line of the ledger is one click away",
            trigger: "button[name=action_open_loyalty_moves]:visible",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains(Earned):contains(100.00)",
        },
    ],
});

tours.add("loyalty_officer", {
    steps: () => [
        {
            content: "what waits to be handed out",
            trigger: ".o_data_row:contains(Tote bag) button[name=action_hand_out]",
            run: "click",
        },
        {
            content: "nothing is left to do",
            trigger: ".o_view_nocontent_smiling_face",
        },
    ],
});

tours.add("loyalty_member_later", {
    steps: () => [
        {
            content: "earned, redeemed, returned, ended: each has its line",
            trigger:
                "#loyalty_history:contains(Earned):contains(Redeemed):contains(Taken Back):contains(Expired)",
        },
        {
            content: "what waits is shown apart",
            trigger: ".o_loyalty_figure:contains(Waiting) b:contains(25)",
        },
    ],
});

tours.add("loyalty_officer_later", {
    steps: () => [
        {
            content: "the member is found",
            trigger: ".o_data_row .o_data_cell:contains(Tour Member)",
            run: "click",
        },
        {
            content: "what waits is shown apart",
            trigger: ".o_field_widget[name=pending_points]:contains(25.00)",
        },
        {
            content: "earned, redeemed, returned, ended, waiting: each has its line",
            trigger:
                "[name=points_move_ids]:contains(Earned):contains(Redeemed):contains(Taken Back):contains(Expired):contains(Bonus)",
        },
        {
            content: "nobody has touched the ledger",
            trigger: "button[name=action_verify]:visible",
            run: "click",
        },
        {
            trigger: ".o_notification:contains(as it was written)",
        },
    ],
});
