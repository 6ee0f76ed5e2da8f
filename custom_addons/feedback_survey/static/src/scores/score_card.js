import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {formatChange, formatScore, METRIC_NAMES, position} from "./format";

/** One score: its value, how sure it is, and whether it really moved. */
export class ScoreCard extends Component {
    static template = "feedback_survey.ScoreCard";
    static props = {score: Object, minimum: Number, open: Function};

    get name() {
        return METRIC_NAMES[this.props.score.metric];
    }

    get value() {
        return formatScore(this.props.score.metric, this.props.score.value);
    }

    get interval() {
        const {metric, low, high} = this.props.score;
        return _t("95% interval: %(low)s to %(high)s", {
            low: formatScore(metric, low),
            high: formatScore(metric, high),
        });
    }

    get bar() {
        const {metric, low, high} = this.props.score;
        const start = position(metric, low);
        return `inset-inline-start: ${start}%; width: ${position(metric, high) - start}%`;
    }

    get mark() {
        const {metric, value} = this.props.score;
        return `inset-inline-start: ${position(metric, value)}%`;
    }

    get fewHelp() {
        return _t("Fewer than %(count)s answers say little.", {
            count: this.props.minimum,
        });
    }

    get change() {
        const {change} = this.props.score;
        return change === null ? _t("no period before") : formatChange(change);
    }

    get changeClass() {
        const {change, is_real: isReal} = this.props.score;
        if (!isReal) {
            return "text-muted";
        }
        return change > 0 ? "text-success" : "text-danger";
    }

    get changeHelp() {
        return this.props.score.is_real
            ? _t("Against the period before; more than chance would explain.")
            : _t("Against the period before; chance alone may explain it.");
    }
}
