import {Component, onWillStart, useState} from "@odoo/owl";
import {Layout} from "@web/search/layout";
import {_t} from "@web/core/l10n/translation";
import {formatMonetary} from "@web/views/fields/formatters";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useService} from "@web/core/utils/hooks";

const SCORES = [1, 2, 3, 4, 5];
const COLOR_COUNT = 12;

/**
 * All 125 RFM codes at one glance: recency down, frequency across, monetary value in
 * each field from left to right. Whoever may edit selects codes and gives them a
 * segment; a code always has one, so none can be left out or taken twice.
 */
export class RfmGrid extends Component {
    static template = "customer_insight.RfmGrid";
    static components = {Layout};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.rows = [...SCORES].reverse();
        this.columns = SCORES;
        this.state = useState({cells: {}, selected: {}, history: [], saved: {}});
        this.dragging = null;
        onWillStart(() => this.load());
    }

    async load() {
        this.grid = await this.orm.call("customer.rfm.cell", "read_grid", []);
        this.segments = Object.fromEntries(this.grid.segments.map((s) => [s.id, s]));
        this.state.cells = {...this.grid.cells};
        this.state.saved = {...this.grid.cells};
        this.state.selected = {};
        this.state.history = [];
    }

    // What is shown

    code(recency, frequency, monetary) {
        return `${recency}${frequency}${monetary}`;
    }

    segmentOf(code) {
        return this.segments[this.state.cells[code]];
    }

    colorClass(segment) {
        return `o_rfm_color_${(segment?.color || 0) % COLOR_COUNT}`;
    }

    cellClass(code) {
        return {
            [this.colorClass(this.segmentOf(code))]: true,
            o_rfm_selected: this.state.selected[code],
            o_rfm_changed: this.state.cells[code] !== this.state.saved[code],
        };
    }

    title(code) {
        return _t("%(code)s: %(segment)s, %(count)s customers", {
            code,
            segment: this.segmentOf(code)?.name || "",
            count: (this.grid.counts[code] || 0).toLocaleString(),
        });
    }

    get legend() {
        const figures = {};
        for (const [code, id] of Object.entries(this.state.cells)) {
            figures[id] ||= {codes: 0, count: 0, amount: 0};
            figures[id].codes++;
            figures[id].count += this.grid.counts[code] || 0;
            figures[id].amount += this.grid.amounts[code] || 0;
        }
        return this.grid.segments.map((segment) => ({
            ...segment,
            ...(figures[segment.id] || {codes: 0, count: 0, amount: 0}),
        }));
    }

    get selection() {
        return Object.keys(this.state.selected).filter((c) => this.state.selected[c]);
    }

    get changes() {
        return Object.fromEntries(
            Object.entries(this.state.cells).filter(
                ([code, id]) => this.state.saved[code] !== id,
            ),
        );
    }

    get changeCount() {
        return Object.keys(this.changes).length;
    }

    get hint() {
        if (!this.grid.editable) {
            return _t("Only managers change the grid.");
        }
        const count = this.selection.length;
        return count
            ? _t("%s codes selected: choose their segment.", count)
            : _t("Click or drag over codes, then choose their segment.");
    }

    amount(value) {
        return formatMonetary(value, {currencyId: this.grid.currency_id});
    }

    // Selecting

    start(code) {
        if (this.grid.editable) {
            this.dragging = !this.state.selected[code];
            this.state.selected[code] = this.dragging;
        }
    }

    over(code) {
        if (this.dragging !== null) {
            this.state.selected[code] = this.dragging;
        }
    }

    stop() {
        this.dragging = null;
    }

    onKeydown(ev, code) {
        if (ev.key === " " || ev.key === "Enter") {
            ev.preventDefault();
            this.start(code);
            this.stop();
        }
    }

    selectField(recency, frequency) {
        if (this.grid.editable) {
            const codes = SCORES.map((m) => this.code(recency, frequency, m));
            const value = !codes.every((code) => this.state.selected[code]);
            codes.forEach((code) => (this.state.selected[code] = value));
        }
    }

    clearSelection() {
        this.state.selected = {};
    }

    // Changing

    assign(segmentId) {
        if (!this.grid.editable) {
            return this.openSegment(segmentId);
        }
        if (this.selection.length) {
            const given = Object.fromEntries(this.selection.map((c) => [c, segmentId]));
            this.change({...this.state.cells, ...given});
            this.clearSelection();
        }
    }

    reset(name) {
        this.change({...this.state.cells, ...this.grid.grids[name]});
    }

    change(cells) {
        this.state.history.push(this.state.cells);
        this.state.cells = cells;
    }

    undo() {
        if (this.state.history.length) {
            this.state.cells = this.state.history.pop();
        }
    }

    discard() {
        this.change({...this.state.saved});
        this.state.history = [];
        this.clearSelection();
    }

    async save() {
        const count = await this.orm.call("customer.rfm.cell", "write_grid", [
            this.changes,
        ]);
        await this.load();
        this.notification.add(
            _t("%s codes changed. The customers follow within minutes.", count),
            {type: "success"},
        );
    }

    /** Who would move with the codes as they are drawn here. */
    whatIf() {
        const context = this.changeCount ? {default_grid: this.changes} : {};
        return this.action.doAction("customer_insight.customer_what_if_action", {
            additionalContext: context,
            onClose: () => this.reloadUnlessChanged(),
        });
    }

    /** Take over what a dialog has saved; keep what is being edited. */
    async reloadUnlessChanged() {
        const {cells} = await this.orm.call("customer.rfm.cell", "read_grid", []);
        const isSaved = Object.entries(this.changes).every(
            ([code, id]) => cells[code] === id,
        );
        if (isSaved) {
            await this.load();
        }
    }

    openSegment(segmentId) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "customer.segment",
            res_id: segmentId,
            views: [[false, "form"]],
        });
    }

    openList() {
        return this.action.doAction("customer_insight.customer_rfm_cell_action");
    }
}

registry.category("actions").add("customer_insight.rfm_grid", RfmGrid);
