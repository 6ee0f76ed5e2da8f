import {registry} from "@web/core/registry";

const open = (path, menu) => [
    {
        content: `open ${menu}`,
        trigger: "button[data-menu-xmlid='customer_insight.menu_analysis']",
        run: "click",
    },
    {
        trigger: `.o-dropdown--menu [data-menu-xmlid='customer_insight.customer_analysis_menu_${menu}']`,
        run: "click",
    },
    {
        content: `${path} draws something`,
        trigger: `.o_customer_analysis .o_analysis_page:not([aria-busy=true]) .o_analysis_block[data-type=${path}]`,
    },
];

/** Through all analysis screens, and from a cell to the customers behind it. */
registry.category("web_tour.tours").add("customer_insight_analysis", {
    url: "/odoo/customer-trend",
    steps: () => [
        {
            content: "the trend has a chart",
            trigger: ".o_analysis_block[data-type=chart] canvas",
        },
        ...open("chart", "churn"),
        ...open("sankey", "migration"),
        {
            content: "flows are drawn",
            trigger: ".o_analysis_sankey rect",
        },
        ...open("diagram", "segments"),
        ...open("pyramid", "value"),
        ...open("chart", "pareto"),
        ...open("heatmap", "seasonality"),
        ...open("journey", "journey"),
        ...open("heatmap", "cohort"),
        {
            content: "by month instead",
            trigger: ".o_analysis_filter[data-name=period] select",
            run: "select month",
        },
        {
            trigger:
                ".o_analysis_page:not([aria-busy=true]) .o_analysis_heatmap tbody tr:first .o_analysis_cell:first",
            run: "click",
        },
        {
            content: "the customers behind it",
            trigger: ".o_list_view .o_data_row td[name=partner_id]",
        },
        {
            content: "back, with the filter as it was",
            trigger: ".o_back_button a",
            run: "click",
        },
        {
            trigger: ".o_analysis_filter[data-name=period] select:value(month)",
        },
    ],
});
