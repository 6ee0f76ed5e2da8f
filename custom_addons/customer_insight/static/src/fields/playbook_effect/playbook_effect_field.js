import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {Component} from "@odoo/owl";

const COLORS = {better: "success", worse: "danger"};

/**
 * What a playbook does, in words and as an interval: the line is the range in which
 * the true difference lies, the mark in it the difference seen, the dashes nothing.
 */
export class PlaybookEffectField extends Component {
    static template = "customer_insight.PlaybookEffectField";
    static props = {...standardFieldProps};

    get effect() {
        return this.props.record.data[this.props.name];
    }

    get verdictClass() {
        return this.effect.verdict in COLORS
            ? `text-${COLORS[this.effect.verdict]}`
            : "";
    }

    get figures() {
        const named = [
            [_t("Share of buyers"), this.effect.rate],
            [_t("Amount per customer"), this.effect.amount],
        ];
        return named
            .filter(([, figure]) => figure)
            .map(([name, figure]) => ({name, ...figure, ...this.drawn(figure)}));
    }

    /** Where the interval lies on a line with nothing in the middle, in per cent. */
    drawn({interval: [difference, low, high], verdict}) {
        const far = Math.max(Math.abs(low), Math.abs(high)) * 1.1 || 1;
        const place = (value) => 50 + (50 * value) / far;
        return {
            color: COLORS[verdict] || "secondary",
            lineStyle: `left: ${place(low)}%; width: ${place(high) - place(low)}%`,
            markStyle: `left: ${place(difference)}%`,
        };
    }

    words({low, high}) {
        return _t("between %(low)s and %(high)s", {low, high});
    }
}

export const playbookEffectField = {
    component: PlaybookEffectField,
    displayName: _t("Effect of a Playbook"),
    supportedTypes: ["json"],
};

registry.category("fields").add("playbook_effect", playbookEffectField);
