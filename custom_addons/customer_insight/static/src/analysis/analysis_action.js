import {_t} from "@web/core/l10n/translation";
import {loadBundle} from "@web/core/assets";
import {router} from "@web/core/browser/router";
import {download, downloadFile} from "@web/core/network/download";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {omit} from "@web/core/utils/objects";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useSetupAction} from "@web/search/action_hook";
import {Layout} from "@web/search/layout";
import {
    Component,
    onMounted,
    onWillStart,
    useRef,
    useState,
    useSubEnv,
} from "@odoo/owl";
import {AnalysisFilters} from "./analysis_filters";
import {AdviceBlock} from "./blocks/advice_block";
import {ChartBlock} from "./blocks/chart_block";
import {DiagramBlock} from "./blocks/diagram_block";
import {FiguresBlock} from "./blocks/figures_block";
import {HeatmapBlock} from "./blocks/heatmap_block";
import {JourneyBlock} from "./blocks/journey_block";
import {PyramidBlock} from "./blocks/pyramid_block";
import {SankeyBlock} from "./blocks/sankey_block";
import {TableBlock} from "./blocks/table_block";
import {formatValue} from "./format";
import {colorOf} from "./palette";
import {drawPage} from "./png";

/** What draws a block, by the block's type; an add-on may add its own. */
export const analysisBlocks = registry.category("customer_insight.analysis_blocks");
analysisBlocks
    .add("advice", AdviceBlock)
    .add("chart", ChartBlock)
    .add("figures", FiguresBlock)
    .add("heatmap", HeatmapBlock)
    .add("diagram", DiagramBlock)
    .add("journey", JourneyBlock)
    .add("pyramid", PyramidBlock)
    .add("sankey", SankeyBlock)
    .add("table", TableBlock);

/**
 * The screen of an analysis: filters, blocks, export. What it shows comes from the model
 * named in the parameters of the action, one that inherits `customer.analysis`.
 */
export class CustomerAnalysisAction extends Component {
    static template = "customer_insight.CustomerAnalysisAction";
    static components = {AnalysisFilters, Layout};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.model = this.props.action.params.model;
        this.page = useRef("page");
        this.keepLast = new KeepLast();
        this.state = useState({status: "loading", result: null, onlyReal: null});
        this.asked = this.rememberedValues();
        this.open = (key) => this.openRecords(key);
        this.update = (name, value) => this.updateValue(name, value);
        useSubEnv({colorOf, formatValue, allLabel: _t("All")});
        useSetupAction({
            getLocalState: () => ({asked: this.asked, onlyReal: this.state.onlyReal}),
        });
        onWillStart(async () => {
            await loadBundle("web.chartjs_lib");
            await this.load();
        });
        onMounted(() => this.rememberValues());
    }

    // --- what is asked for, kept in the address and in the breadcrumb

    /** The values of the breadcrumb, or those of the address of this very screen. */
    rememberedValues() {
        const {action, state} = this.props;
        if (state?.asked) {
            this.state.onlyReal = state.onlyReal;
            return {...state.asked};
        }
        const {current} = router;
        if (action.path && current.action === action.path) {
            return omit(current, "action", "actionStack", "debug");
        }
        return {...action.context?.analysis_values};
    }

    rememberValues() {
        const known = (this.state.result?.filters || []).map(({name}) => name);
        router.replaceState(
            Object.fromEntries(
                known.map((name) => [name, this.asked[name] || undefined]),
            ),
        );
    }

    updateValue(name, value) {
        this.asked[name] = value;
        this.rememberValues();
        return this.load();
    }

    // --- what is shown

    async load() {
        this.state.status = "loading";
        try {
            const result = await this.keepLast.add(
                this.orm.silent.call(this.model, "analyse", [this.asked]),
            );
            await Promise.all(
                result.blocks.map(({bundle}) => bundle && loadBundle(bundle)),
            );
            this.state.result = result;
            this.state.onlyReal ??= result.only_real;
            this.state.status = result.blocks.length ? "ready" : "empty";
        } catch (error) {
            this.state.error = error.data?.message || _t("The server does not answer.");
            this.state.status = "error";
        }
    }

    reset() {
        this.asked = {};
        this.rememberValues();
        return this.load();
    }

    get hasAsked() {
        return Object.values(this.asked).some(Boolean);
    }

    /** Do what the screen offers where it has nothing to show. */
    take({values, action, company}) {
        if (action) {
            return this.action.doAction(action);
        }
        if (company) {
            return user.activateCompanies([company]);
        }
        Object.assign(this.asked, values);
        this.rememberValues();
        return this.load();
    }

    component(block) {
        return analysisBlocks.get(block.type);
    }

    /** Whether any figure of the screen shows how it changed. */
    get hasChanges() {
        return this.state.result?.blocks.some(
            (block) =>
                block.changes ||
                block.items?.some((item) => item.change !== null) ||
                block.rows?.some((row) => row.change && Object.keys(row.change).length),
        );
    }

    async openRecords(key) {
        const args = [this.asked, key];
        const action = await this.orm.call(this.model, "open_records", args);
        return this.action.doAction(action);
    }

    // --- files

    async exportXlsx() {
        await download({
            url: "/customer_insight/analysis/xlsx",
            data: {model: this.model, params: JSON.stringify(this.asked)},
        });
    }

    async exportPng() {
        const {title, help} = this.state.result;
        const blob = await drawPage(this.page.el, {title, help});
        downloadFile(blob, `${title}.png`, "image/png");
    }
}

registry.category("actions").add("customer_insight.analysis", CustomerAnalysisAction);
