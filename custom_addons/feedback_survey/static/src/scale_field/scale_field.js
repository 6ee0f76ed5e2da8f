import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {CharField, charField} from "@web/views/fields/char/char_field";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/**
 * An answer: the numbers of the question's scale or its answers to tap, a day, or a line
 * of text. What is tapped is stored as text, several answers with commas.
 */
export class FeedbackScaleField extends Component {
    static template = "feedback_survey.ScaleField";
    static components = {CharField};
    static props = {...standardFieldProps};

    get type() {
        return this.props.record.data.question_type;
    }

    get isTapped() {
        return ["scale", "simple_choice", "multiple_choice"].includes(this.type);
    }

    /** What there is to tap: [value, label] of each. */
    get choices() {
        const {scale_min: low, scale_max: high, choices} = this.props.record.data;
        if (this.type !== "scale") {
            return (choices || []).map(([id, label]) => [`${id}`, label]);
        }
        return Array.from({length: high - low + 1}, (_, index) => {
            const step = `${low + index}`;
            return [step, step];
        });
    }

    get chosen() {
        return this.value.split(",").filter(Boolean);
    }

    get value() {
        return this.props.record.data[this.props.name] || "";
    }

    /** A second tap takes the answer back. */
    choose(choice) {
        let chosen = [choice];
        if (this.chosen.includes(choice)) {
            chosen = this.chosen.filter((other) => other !== choice);
        } else if (this.type === "multiple_choice") {
            chosen = [...this.chosen, choice];
        }
        return this.update(chosen.join(","));
    }

    update(text) {
        return this.props.record.update({[this.props.name]: text || false});
    }
}

registry.category("fields").add("feedback_scale", {
    ...charField,
    component: FeedbackScaleField,
    extractProps: () => ({}),
});
