import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("customer_insight_playbook", {
    steps: () => [
        {
            content: "Open the plan",
            trigger: ".o_data_cell:contains(Keep loyal customers)",
            run: "click",
        },
        {
            content: "Look who would get what",
            trigger: "button[name=action_dry_run]",
            run: "click",
        },
        {
            content: "The customer of this stage begins",
            trigger: ".modal .o_data_row:contains(Loyal Lin):contains(Begins)",
        },
        {
            trigger: ".modal .o_data_row:contains(Activity: Thank them)",
        },
        {
            trigger: ".modal footer button:contains(Close)",
            run: "click",
        },
        {
            content: "Start it",
            trigger: "body:not(:has(.modal)) button[name=action_start]",
            run: "click",
        },
        {
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Running)",
        },
    ],
});
