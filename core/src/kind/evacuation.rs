//! `evacuation`: the individual evacuation plan (個別避難計画), power and oxygen, what to carry.

use super::{
    declare::kinds,
    form::{Choice, choice},
};

const HAZARDS: &[Choice] = &[
    choice("any", "どの災害でも", "Any"),
    choice("earthquake", "地震", "Earthquake"),
    choice("flood", "洪水", "Flood"),
    choice("landslide", "土砂", "Landslide"),
    choice("tsunami", "津波", "Tsunami"),
    choice("snow", "大雪", "Heavy snow"),
    choice("outage", "停電", "Power outage"),
    choice("illness", "感染症", "Infection"),
];

const PLACES: &[Choice] = &[
    choice("home", "自宅", "Home"),
    choice("car", "車", "Car"),
    choice("relatives", "親族", "Relatives"),
    choice("hospital", "病院", "Hospital"),
    choice("welfare-shelter", "福祉避難所", "Welfare shelter"),
    choice("shelter", "一般避難所", "General shelter"),
    choice("other", "その他", "Other"),
];

const CONFIGURATIONS: &[Choice] = &[
    choice("all", "全部つける", "Everything on"),
    choice("saving", "節電", "Saving"),
    choice("life", "命だけ", "Life only"),
];

kinds! {
    /// The home, as it matters when the ground shakes or the water rises.
    Home "home" [only] in [Evacuation] ("住まい", "Home") {
        building: Text("建物", "Building") hint("マンション、戸建、団地、賃貸", "Flat, house");
        floor: Text("階", "Floor") hint("4階", "4th floor");
        elevator: Text("エレベータ", "Lift") hint("停電時停止", "Stops in an outage");
        carry_out: Text("搬出の方法", "How to carry out") hint("抱っこ布", "Carrying cloth");
        people_to_carry: Text("搬出に要る人数", "People to carry") hint("2名", "2");
        flood: Text("洪水の想定", "Flood expected") hint("0.5m未満", "below 0.5 m");
        landslide: Text("土砂の想定", "Landslide expected");
        tsunami: Text("津波の想定", "Tsunami expected");
        earthquake: Text("地震の想定", "Earthquake expected");
        address: Text("住所", "Address");
        parking: Text("車の場所", "Car stands");
        safety: Text("家の安全", "Safety at home") hint("単独外出・ベランダ鍵", "Door and balcony locked");
        note: LongText("メモ", "Note");
    }

    /// What is decided for a hazard: when to move, where to.
    EvacuationRule "evacuation-rule" in [Evacuation] ("避難の判断", "When to evacuate") {
        decision: LongText("どうする", "What to do") [required] hint("停電は在宅を基本", "Stay at home in an outage");
        hazard: Choice{HAZARDS}("災害", "Hazard");
        when: Text("いつ", "When") hint("警戒レベル3", "Alert level 3");
        reason: Text("なぜ", "Why");
        order: Decimal("並び順", "Order");
    }

    /// A place to go, in order of preference.
    Destination "destination" in [Evacuation] ("避難先", "Where to go") {
        name: Text("避難先", "Place") [required];
        place: Choice{PLACES}("種類", "Kind of place");
        hazard: Choice{HAZARDS}("災害", "Hazard");
        when: Text("どんなとき", "When") hint("残り電池4h切ったら", "With less than 4 h of battery");
        conditions: LongText("条件", "Conditions") hint("直接避難可、電源2口、要予約", "Direct entry, 2 sockets, book first");
        agreed_on: Date("事前合意の日", "Agreed on");
        agreed_with: Text("だれと合意", "Agreed with");
        number: Phone("電話番号", "Number");
        travel: Text("移動", "Travel") hint("車移動、酸素2本同時", "By car, two oxygen cylinders");
        note: LongText("メモ", "Note");
        order: Decimal("並び順", "Order");
    }

    /// A way there, and the other way when it is blocked.
    Route "route" in [Evacuation] ("避難経路", "Route") {
        text: Text("経路", "Route") [required] hint("川沿い", "Along the river");
        destination: Text("行き先", "To");
        blocked_when: Text("通れないとき", "Blocked when");
        instead: Text("代わりの経路", "Instead") hint("国道側", "The main road");
        order: Decimal("並び順", "Order");
    }

    /// Somebody who helps to get out (避難支援等実施者). Without any legal duty.
    Helper "helper" in [Evacuation] ("避難を手伝う人", "Helper") {
        name: Text("名前", "Name") [required];
        relation: Text("関係", "Relation") hint("父、隣室、自主防災班長", "Father, next door, neighbourhood leader");
        task: Text("すること", "Task") hint("荷物、声かけ", "Carries the bags, knocks");
        when: Text("いつ", "When") hint("在校時", "During school");
        number: Phone("電話番号", "Number");
        address: Text("住所", "Address");
        order: Decimal("並び順", "Order");
    }

    /// What must be thought of in a shelter, and why.
    ShelterNeed "shelter-need" in [Evacuation] ("避難先での配慮", "Needs in a shelter") {
        text: Text("配慮", "Need") [required] hint("個室(感染)、火気のない部屋、暗い場所", "Own room, no open fire, a dark place");
        reason: Text("なぜ", "Why");
        order: Decimal("並び順", "Order");
    }

    /// A device that needs power.
    PowerNeed "power-need" in [Evacuation] ("電気の要る機器", "Device that needs power") {
        device: Text("機器", "Device") [required];
        rated: Decimal("定格", "Rated") in "W";
        measured: Decimal("実測・使用中", "Measured in use") in "W";
        average: Decimal("平均", "Average") in "W";
        duty: Text("使い方", "Use") hint("10分×6回=90Wh/日", "10 min, 6 times = 90 Wh a day");
        battery: Decimal("内蔵電池", "Built-in battery") in "h";
        extra_battery: Decimal("着脱式・外部電池", "Extra battery") in "h";
        battery_note: Text("電池のメモ", "About the battery") hint("満充電・新品時、14か月使用", "When new and full; 14 months old");
        wear: Decimal("劣化係数", "Wear factor") hint("0.85", "0.85");
        on_outage: Text("停電したら", "In an outage") hint("人工鼻に替える", "Change to an HME");
        alternatives: List("代わりになる物(順に)", "Alternatives, in order");
        vital: Flag("命に直結する", "Life hangs on it");
        note: LongText("メモ", "Note");
        order: Decimal("並び順", "Order");
    }

    /// Where power comes from.
    PowerSource "power-source" in [Evacuation] ("電源", "Power source") {
        name: Text("電源", "Source") [required] hint("ポータブル電源、PHEV", "Portable power station, plug-in car");
        capacity: Decimal("容量", "Capacity") in "Wh";
        efficiency: Decimal("変換効率", "Efficiency") hint("0.8", "0.8");
        output: Decimal("最大出力", "Maximum output") in "W";
        wave: Text("波形・電圧", "Wave and voltage") hint("正弦波、AC100V", "Sine wave, AC 100 V");
        place: Text("場所", "Where");
        cable: Text("コード", "Cable") hint("延長コード15A 10m", "Extension 15 A 10 m");
        tested_on: Date("試した日", "Tested on");
        tested: Text("試した結果", "Test result");
        lasts: Text("もつ時間", "Lasts") hint("約5日分", "About 5 days");
        caution: Text("注意", "Caution") hint("雨・排気・電池の充電に使う", "Rain, exhaust; use it to charge batteries");
        order: Decimal("並び順", "Order");
    }

    /// How long power lasts for a set of devices: a sum written down, with what it was counted from.
    PowerPlan "power-plan" in [Evacuation] ("稼働時間の計画", "Running time") {
        devices: Text("何を動かす", "What runs") [required];
        configuration: Choice{CONFIGURATIONS}("構成", "Configuration");
        energy: Decimal("使える電力量", "Usable energy") in "Wh";
        load: Decimal("合計の電力", "Load") in "W";
        hours: Decimal("もつ時間", "Lasts") in "h";
        note: Text("計算の前提", "Counted from");
        order: Decimal("並び順", "Order");
    }

    /// Oxygen cylinders, and how long one lasts.
    OxygenCylinder "oxygen-cylinder" in [Evacuation] ("酸素ボンベ", "Oxygen cylinder") {
        name: Text("ボンベ", "Cylinder") [required] hint("携帯ボンベ", "Portable cylinder");
        content: Decimal("1本の量", "Content of one") in "L";
        count: Decimal("本数", "How many");
        flow: Decimal("流量", "Flow") in "L/min";
        hours: Decimal("1本でもつ時間", "One lasts") in "h";
        safe_hours: Decimal("安全率をかけた時間", "With safety factor") in "h";
        safety: Decimal("安全率", "Safety factor") hint("0.8", "0.8");
        total_hours: Decimal("全部でもつ時間", "All last") in "h";
        note: Text("メモ", "Note");
        order: Decimal("並び順", "Order");
    }

    /// A step when the power fails.
    OutageStep "outage-step" in [Evacuation] ("停電したら", "In an outage") {
        text: Text("すること", "Step") [required] hint("人工鼻へ替え、呼吸器を電池へ", "Change to HME, ventilator to battery");
        within: Text("いつまでに", "Within") hint("1時間以内", "1 hour");
        number: Phone("電話番号", "Number");
        order: Decimal("並び順", "Order");
    }

    /// How to find out whether the child is safe (安否確認).
    SafetyCheck "safety-check" in [Evacuation] ("安否確認", "Safety check") {
        who: Text("だれが", "Who") [required] hint("保健師", "Public health nurse");
        means: List("手段(順に)", "Means, in order") hint("SMS→電話→訪問", "SMS, call, visit");
        number: Phone("電話番号", "Number");
        if_unreachable: Text("つながらないとき", "If unreachable") hint("171", "171");
        order: Decimal("並び順", "Order");
    }

    /// When one can stay at home, and when no longer.
    StayHome "stay-home" in [Evacuation] ("在宅避難の条件", "Staying at home") {
        condition: Text("条件", "Condition") [required] hint("残り電池、水、薬、連絡", "Battery left, water, medicine, reachability");
        limit: Text("限度", "Limit");
        order: Decimal("並び順", "Order");
    }

    /// A drill, and what it taught.
    Drill "drill" in [Evacuation] ("訓練・見直し", "Drill") {
        what: Text("何をした", "What") [required];
        on: Date("日", "Date");
        result: LongText("結果", "Result");
        worked: List("使えた物", "What worked");
        failed: List("使えなかった物", "What did not");
        review_on: Date("次の見直し", "Next review");
        order: Decimal("並び順", "Order");
    }
}
