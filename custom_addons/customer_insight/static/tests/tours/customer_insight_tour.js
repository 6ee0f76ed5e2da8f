import {registry} from "@web/core/registry";

/** Open a figure of the customer page to its documents, and come back. */
function figure(key, value, documents) {
    return [
        {
            content: `the figure ${key} opens its documents`,
            trigger: `.o_insight_tile[data-figure=${key}] .o_insight_tile_value:contains(${value})`,
            run: "click",
        },
        {
            content: `behind ${key} are ${documents} documents`,
            trigger: `.o_list_view:has(.o_data_row:nth-child(${documents}):last-child, .o_data_row:nth-child(${documents}) + tr:not(.o_data_row)) td[name=reference]`,
        },
        {
            trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item:last a",
            run: "click",
        },
    ];
}

/** From the customer list to the reasons of a score and on to the order behind it. */
registry.category("web_tour.tours").add("customer_insight_open_documents", {
    url: "/odoo/customer-profiles",
    steps: () => [
        {
            content: "the best customer comes first, with stage and segment",
            trigger:
                ".o_data_row:first td[name=lifecycle_stage] .badge:contains(Loyal)",
        },
        {
            content: "the search panel counts the customers of a stage",
            trigger: ".o_search_panel_category_value header:contains(Churned)",
            run: "click",
        },
        {
            content: "only the churned customer is left",
            trigger: ".o_data_row:only-child td[name=partner_id]:contains(Silent Sam)",
        },
        {
            trigger: ".o_search_panel_category_value header:contains(All)",
            run: "click",
        },
        {
            trigger: ".o_data_row td[name=partner_id]:contains(Loyal Lin)",
            run: "click",
        },
        {
            content: "the stage names its rule",
            trigger:
                ".o_field_widget[name=stage_receipt]:contains(At least 4 purchase days)",
        },
        {
            content: "scores are shown as dots",
            trigger: ".o_field_widget[name=rfm_recency] .o_score_dots .fa-circle",
        },
        {
            content: "all orders stand among the records, and open",
            trigger: ".o_insight_records button[data-row=order]:contains(4)",
            run: "click",
        },
        {trigger: ".o_list_view .o_data_row:nth-child(4)"},
        {
            trigger: ".breadcrumb-item:contains(Loyal Lin) a, .o_back_button",
            run: "click",
        },
        {
            content: "a score opens its documents, each with its share",
            trigger: ".o_insight_form button[name=action_open_monetary]",
            run: "click",
        },
        {trigger: ".o_data_row td[name=score_share]:contains(25%)"},
        {
            trigger: ".breadcrumb-item:contains(Loyal Lin) a, .o_back_button",
            run: "click",
        },
        ...figure("amount", "$ 400.00", 4),
        ...figure("count", "4", 4),
        ...figure("basket", "$ 100.00", 4),
        ...figure("interval", "30 days", 4),
        ...figure("total", "$ 400.00", 4),
        ...figure("last", "", 1),
        {
            content: "a month opens its documents",
            trigger: ".o_insight_month[aria-label*='100.00']:last",
            run: "click",
        },
        {
            trigger: ".o_data_row:only-child td[name=reference]",
            run: "click",
        },
        {
            content: "the order behind the figure is open",
            trigger: ".o_form_view .o_field_widget[name=order_line]",
        },
    ],
});

/** The same figures on a phone: from the card to the documents and back. */
registry.category("web_tour.tours").add("customer_insight_phone", {
    url: "/odoo/customer-profiles",
    steps: () => [
        {
            trigger: ".o_kanban_record:contains(Loyal Lin)",
            run: "click",
        },
        {
            trigger: ".o_insight_tile[data-figure=amount] button:contains($ 400.00)",
        },
        {
            content: "the page begins at its top: no button below takes the focus",
            trigger: ".o_insight_form:not(:has(.o_insight_zones :focus))",
        },
        {
            content: "nothing scrolls sideways",
            trigger: ".o_insight_zones",
            run: ({anchor}) => {
                const {scrollWidth, clientWidth} = anchor.ownerDocument.documentElement;
                if (scrollWidth > clientWidth || anchor.scrollWidth > clientWidth) {
                    throw new Error(`${scrollWidth} px on ${clientWidth} px`);
                }
            },
        },
        {
            content: "the reason of a change is a tap away",
            trigger: ".o_insight_tile[data-figure=amount] .o_insight_receipt",
            run: "click",
        },
        {
            trigger: ".o_insight_receipt_popover:contains(Last 12 months: $ 400.00)",
        },
        {
            trigger: ".o_insight_receipt_popover button:contains(Open documents)",
            run: "click",
        },
        {
            trigger: ".o_kanban_record, .o_data_row",
        },
    ],
});

/** A salesperson sees their own customers only, in the list and in its totals. */
registry.category("web_tour.tours").add("customer_insight_own_customers", {
    url: "/odoo/customer-profiles",
    steps: () => [
        {
            trigger: ".o_data_row:only-child td[name=partner_id]:contains(Loyal Lin)",
        },
        {
            content: "no computation for those who may not manage",
            trigger: ".o_control_panel:not(:has(button[name=action_refresh_now]))",
        },
        {
            content: "the total holds their own customer only",
            trigger: ".o_list_footer .o_list_number:contains(400.00)",
        },
    ],
});
