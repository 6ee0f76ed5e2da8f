import {registry} from "@web/core/registry";

/** From what is suggested to a customer into a quotation, and one product more. */
registry.category("web_tour.tours").add("customer_insight_suggestions", {
    steps: () => [
        {
            content: "suggestions of the customer",
            trigger: ".o_insight_form .nav-link[name=suggestions]",
            run: "click",
        },
        {
            content: "a product nobody sold to them yet, with the reason",
            trigger:
                "[data-question=new] .o_insight_row:contains(Soap):contains(5 of 6 customers) button",
            run: "click",
        },
        {
            content: "it is in a quotation",
            trigger: ".o_field_widget[name=order_line] .o_data_row:contains(Soap)",
        },
        {
            trigger: ".o_insight_order_suggestions > button",
            run: "click",
        },
        {
            trigger: "[data-question=basket] .o_insight_row:contains(Lamp) button",
            run: "click",
        },
        {
            content: "the quotation has both",
            trigger: ".o_field_widget[name=order_line] .o_data_row:contains(Lamp)",
        },
        {
            content: "and it is suggested no more",
            trigger: "[data-question=basket]:not(:has(.o_insight_row:contains(Lamp)))",
        },
    ],
});
