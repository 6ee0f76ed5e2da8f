import {_t} from "@web/core/l10n/translation";
import {formatFloat} from "@web/core/utils/numbers";

export const METRIC_NAMES = {
    nps: _t("Recommendation (NPS)"),
    csat: _t("Satisfaction (CSAT)"),
    ces: _t("Effort (CES)"),
    dimension: _t("Dimensions"),
};

/** Where the scale of a metric begins and ends. */
export function bounds(metric) {
    return metric === "nps" ? [-100, 100] : [0, 100];
}

/** A score as people write it: no decimals, a unit for shares, a dash for nothing. */
export function formatScore(metric, value) {
    if (value === null || value === undefined) {
        return "–";
    }
    const number = formatFloat(value, {digits: [16, 0]});
    return metric === "nps" ? number : `${number} %`;
}

/** A change with its sign. */
export function formatChange(value) {
    const number = formatFloat(Math.abs(value), {digits: [16, 0]});
    return `${value < 0 ? "−" : "+"}${number}`;
}

/** Position of a value between the bounds of its metric, in per cent. */
export function position(metric, value) {
    const [low, high] = bounds(metric);
    return (100 * (value - low)) / (high - low);
}
