import {_t} from "@web/core/l10n/translation";
import {humanNumber} from "@web/core/utils/numbers";
import {formatFloat, formatInteger, formatMonetary} from "@web/views/fields/formatters";

/**
 * A value as text, by its kind; a dash where there is none.
 *
 * @param {number|string|null} value
 * @param {string} kind integer, decimal, mark (three decimals), percent, money or text
 * @param {number} [currencyId] of amounts
 * @returns {string}
 */
export function formatValue(value, kind, currencyId) {
    if (value === null || value === undefined || value === "") {
        return "–";
    }
    switch (kind) {
        case "integer":
            return formatInteger(value);
        case "decimal":
            return formatFloat(value, {digits: [16, 2]});
        case "mark":
            return formatFloat(value, {digits: [16, 3]});
        case "percent":
            return formatShare(value);
        case "money":
            return formatMonetary(value, {currencyId});
        default:
            return String(value);
    }
}

/**
 * A share as a percentage: one decimal, none from ten per cent on.
 *
 * @param {number} share
 * @returns {string}
 */
export function formatShare(share) {
    const percent = share * 100;
    const decimals = Math.abs(percent) < 9.95 && percent !== 0 ? 1 : 0;
    return `${formatFloat(percent, {digits: [16, decimals]})}%`;
}

/**
 * As short as can be, for axes and the cells of heat maps.
 *
 * @param {number|null} value
 * @param {string} kind
 * @returns {string}
 */
export function formatShort(value, kind) {
    if (value === null || value === undefined) {
        return "";
    }
    if (kind === "percent") {
        return formatShare(value);
    }
    if (kind === "decimal") {
        return formatFloat(value, {digits: [16, 2]});
    }
    const decimals = Math.abs(value) < 10 && !Number.isInteger(value) ? 1 : 0;
    const short = humanNumber(value, {decimals: Math.abs(value) < 1000 ? decimals : 1});
    return short.replace(/[.,]0(?=\D*$)/, "");
}

/**
 * A relative change with its sign, such as +12%.
 *
 * @param {number|null} change
 * @returns {string}
 */
export function formatChange(change) {
    if (change === null || change === undefined) {
        return "";
    }
    return `${change > 0 ? "+" : ""}${formatShare(change)}`;
}

/**
 * How strong the colour of a heat map's cell is.
 *
 * @param {number} value
 * @param {number} low lowest value of the map
 * @param {number} high highest value of the map
 * @param {number|null} middle value without colour, null for a scale of one hue
 * @returns {{hue: string, strength: number}} strength from 0 to 1
 */
export function heat(value, low, high, middle = null) {
    if (middle === null) {
        const strength = high > low ? (value - low) / (high - low) : 0;
        return {hue: "up", strength};
    }
    const reach = Math.max(high - middle, middle - low);
    const strength = reach > 0 ? Math.abs(value - middle) / reach : 0;
    return {hue: value < middle ? "down" : "up", strength};
}

/**
 * The sentence under a figure: how many it stands on, and how sure it is.
 *
 * @param {{n?: number, low?: number, high?: number}} cell
 * @returns {string}
 */
export function describeCell(cell) {
    const parts = [];
    if (cell.n !== undefined && cell.n !== null) {
        parts.push(_t("n = %s", formatInteger(cell.n)));
    }
    if (cell.low !== undefined && cell.low !== null) {
        const range = `${formatShare(cell.low)} – ${formatShare(cell.high)}`;
        parts.push(_t("95% interval %s", range));
    }
    return parts.join(", ");
}
