import {Component, useState} from "@odoo/owl";
import {useService} from "@web/core/utils/hooks";
import {describeCell, formatShare, formatValue, heat} from "../format";
import {heatColor} from "../palette";

/** Stages × touchpoints with counts, drop-off per stage, and notes one can edit. */
export class JourneyBlock extends Component {
    static template = "customer_insight.JourneyBlock";
    static props = ["block", "currencyId", "onlyReal", "open"];

    setup() {
        this.orm = useService("orm");
        this.state = useState({editing: null});
    }

    get most() {
        const {rows} = this.props.block;
        return Math.max(1, ...rows.flatMap(({cells}) => cells.map(({value}) => value)));
    }

    /** On a scale of roots: purchases must not make all other touches look like none. */
    style(cell, most) {
        const shade = heat(Math.sqrt(cell.value), 0, Math.sqrt(most));
        return cell.value ? `background-color: ${heatColor(shade)}` : "";
    }

    count(value) {
        return formatValue(value, "integer");
    }

    health(column) {
        return column.health ? formatValue(column.health, "integer") : "–";
    }

    drop({drop}) {
        return this.share(drop);
    }

    share(cell) {
        return cell ? formatShare(cell.value) : "–";
    }

    describe(cell) {
        return cell ? describeCell(cell) : "";
    }

    edit(row, cell) {
        this.state.editing = `${row.kind}/${cell.stage}`;
    }

    isEdited(row, cell) {
        return this.state.editing === `${row.kind}/${cell.stage}`;
    }

    async save(row, cell, ev) {
        const text = ev.target.value.trim();
        this.state.editing = null;
        if (text === cell.note) {
            return;
        }
        const context = {allowed_company_ids: [this.props.block.company_id]};
        const args = [cell.stage, row.kind, text];
        await this.orm.call("customer.journey.note", "write_down", args, {context});
        cell.note = text;
        this.render();
    }
}
