import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {Component} from "@odoo/owl";

const BEST_SCORE = 5;

/** Shows a score from 1 to 5 as filled dots; nothing where there is no score. */
export class ScoreDotsField extends Component {
    static template = "customer_insight.ScoreDotsField";
    static props = {...standardFieldProps};

    get score() {
        return this.props.record.data[this.props.name] || 0;
    }

    get dots() {
        return Array.from({length: BEST_SCORE}, (_, index) => index < this.score);
    }

    get label() {
        return _t("%(score)s of %(best)s", {score: this.score, best: BEST_SCORE});
    }
}

export const scoreDotsField = {
    component: ScoreDotsField,
    displayName: _t("Score Dots"),
    supportedTypes: ["integer"],
};

registry.category("fields").add("score_dots", scoreDotsField);
