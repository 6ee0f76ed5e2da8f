import {registry} from "@web/core/registry";

const dialog = ".modal .o_form_view";

registry.category("web_tour.tours").add("feedback_record", {
    steps: () => [
        {
            content: "nothing there yet, and it says what to do",
            trigger: ".o_feedback_scores .o_view_nocontent_smiling_face",
        },
        {
            trigger: "button:contains(Record Feedback)",
            run: "click",
        },
        {
            content: "search the customer",
            trigger: `${dialog} div[name=partner_id] input`,
            run: "edit Talkative",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Talkative Tao)",
            run: "click",
        },
        {
            content: "the first question is the recommendation",
            trigger: `${dialog} .o_data_row:eq(0) [role=radio]:contains(9)`,
            run: "click",
        },
        {
            trigger: `${dialog} .o_data_row:eq(1) [role=radio]:contains(2)`,
            run: "click",
        },
        {
            trigger: `${dialog} .o_data_row:eq(0) [role=radio].btn-primary:contains(9)`,
        },
        {
            trigger: ".modal button[name=action_save]",
            run: "click",
        },
        {
            content: "the score is there, and says that it rests on one answer",
            trigger: ".o_feedback_card:contains(NPS):contains(100):contains(n = 1)",
            run: "click",
        },
        {
            content: "it opens to the answer behind it",
            trigger: ".o_list_view .o_data_row:contains(Talkative Tao)",
        },
    ],
});

registry.category("web_tour.tours").add("feedback_themes", {
    steps: () => [
        {
            content: "a theme of few comments is grey, and opens them",
            trigger: ".o_customer_analysis tr.fst-italic td:contains(Tour boxes)",
            run: "click",
        },
        {
            content: "the comment behind it",
            trigger: ".o_list_view .o_data_row:contains(the box was torn)",
        },
        {
            content: "on to what is done about it",
            trigger:
                ".o_menu_sections [data-menu-xmlid='feedback_survey.menu_improvements']",
            run: "click",
        },
        {
            content: "nothing can be said yet, and it says so",
            trigger: ".o_kanban_record:contains(Padding):contains(nothing can be said)",
        },
    ],
});

registry.category("web_tour.tours").add("feedback_loop_case", {
    steps: () => [
        {
            content: "what the customer wrote",
            trigger: ".o_form_view div[name=description] textarea",
            run() {
                if (!this.anchor.value.includes("The box was torn")) {
                    throw new Error("The case does not say what the customer said");
                }
            },
        },
        {
            trigger: "button[name=action_start]",
            run: "click",
        },
        {
            trigger: "button[name=action_tell].btn-primary",
            run: "click",
        },
        {
            trigger: `${dialog} div[name=outcome] input`,
            run: "click",
        },
        {
            trigger: ".o_select_menu_item:eq(0):contains(Solved)",
            run: "click",
        },
        {
            trigger: `${dialog} div[name=message] textarea`,
            run: "edit A new one is on its way.",
        },
        {
            trigger: ".modal button[name=action_tell]:contains(Send)",
            run: "click",
        },
        {
            content: "what the customer was told stands in the discussion",
            trigger: ".o-mail-Message:contains(A new one is on its way.)",
        },
        {
            content: "now that the customer knows, it may close",
            trigger: "button[name=action_close]",
            run: "click",
        },
        {
            trigger: "button[name=action_reopen]",
        },
    ],
});

registry.category("web_tour.tours").add("feedback_loop_improvement", {
    steps: () => [
        {
            trigger: ".o_notebook .nav-link[name=outcome]",
            run: "click",
        },
        {
            content: "the customer is content with what was done",
            trigger: ".o_form_view div[name=after_category]:contains(Content)",
        },
        {
            trigger:
                ".o_menu_sections [data-menu-xmlid='feedback_survey.menu_improvements']",
            run: "click",
        },
        {
            content: "and so are those who were asked since",
            trigger:
                ".o_kanban_record:contains(Boxes with padding):contains(Better than chance)",
        },
    ],
});
