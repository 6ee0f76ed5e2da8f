import {registry} from "@web/core/registry";

/** A manager makes a segment by a rule and sees at once who fits. */
registry.category("web_tour.tours").add("customer_insight_segment_rule", {
    url: "/odoo/customer-segments",
    steps: () => [
        {trigger: ".o_list_button_add", run: "click"},
        {
            trigger:
                ".o_field_widget[name=name] input, .o_field_widget[name=name] textarea",
            run: "edit Lately active",
        },
        {
            content: "everybody fits an empty rule",
            trigger: ".o_segment_preview:contains(customers fit)",
        },
        {
            trigger:
                ".o_field_widget[name=condition_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            content: "the count follows before anything is saved",
            trigger: ".o_segment_preview:contains(1 customer fits)",
        },
        {trigger: ".o_form_button_save", run: "click"},
        {
            content: "the member is there at once",
            trigger: ".o_form_view button[name=action_open_profiles]:contains(1)",
        },
    ],
});

/** A manager gives a code another segment in the grid, and takes it back. */
registry.category("web_tour.tours").add("customer_insight_rfm_grid", {
    url: "/odoo/rfm-matrix",
    steps: () => [
        {
            trigger: ".o_rfm_cell[data-code='555']",
            run(helpers) {
                const {PointerEvent} = this.anchor.ownerDocument.defaultView;
                for (const type of ["pointerdown", "pointerup"]) {
                    this.anchor.dispatchEvent(new PointerEvent(type, {bubbles: true}));
                }
                return helpers;
            },
        },
        {
            content: "the code is selected",
            trigger: ".o_rfm_cell.o_rfm_selected[data-code='555']",
        },
        {
            trigger: ".o_rfm_segment:contains(Lost)",
            run: "click",
        },
        {trigger: ".o_rfm_cell.o_rfm_changed[data-code='555']"},
        {trigger: ".o_rfm_save:enabled", run: "click"},
        {
            content: "it is stored",
            trigger:
                ".o_rfm_grid:not(:has(.o_rfm_changed)) .o_rfm_segment:contains(Lost):contains(7 codes)",
        },
    ],
});
