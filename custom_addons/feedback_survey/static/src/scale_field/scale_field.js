import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {CharField, charField} from "@web/views/fields/char/char_field";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** An answer: the numbers of the question's scale to tap, or a line of text. */
export class FeedbackScaleField extends Component {
    static template = "feedback_survey.ScaleField";
    static components = {CharField};
    static props = {...standardFieldProps};

    get isScale() {
        return this.props.record.data.question_type === "scale";
    }

    get choices() {
        const {scale_min: low, scale_max: high} = this.props.record.data;
        return Array.from({length: high - low + 1}, (_, index) => `${low + index}`);
    }

    get value() {
        return this.props.record.data[this.props.name] || "";
    }

    /** A second tap takes the answer back. */
    choose(choice) {
        return this.props.record.update({
            [this.props.name]: choice === this.value ? false : choice,
        });
    }
}

registry.category("fields").add("feedback_scale", {
    ...charField,
    component: FeedbackScaleField,
    extractProps: () => ({}),
});
