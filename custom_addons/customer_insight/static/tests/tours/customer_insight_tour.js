import {registry} from "@web/core/registry";

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
            trigger: ".nav-link[name=purchases]",
            run: "click",
        },
        {
            trigger:
                ".o_field_widget[name=purchase_ids] .o_data_row:first button[name=action_open_document]",
            run: "click",
        },
        {
            content: "the order behind the figure is open",
            trigger: ".o_form_view .o_field_widget[name=order_line]",
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
