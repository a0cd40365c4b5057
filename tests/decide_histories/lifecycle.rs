//! Lives of models, prompts, datasets, runs and alerts: each refusal with its rule and its words. In `prod` the
//! embedded policy enforces, in `staging` it warns, in `dev` it observes.

use crate::{script::run, world::World};

const TRAIN: &str = r##"
dan prod dataset.registered dataset/credit@1 {"source":"uci","purpose":"risk","legal_basis":"contract","digest":"#d"} = ok
ada dev run.started run/7 {"trigger":"manual"} {"inputs":[{"subject":"dataset/credit@1","digest":"#d"}]} = ok
ada dev run.completed run/7 {} {"outputs":[{"subject":"model/credit@1"}]} = ok
"##;

#[test]
fn a_model_from_registration_to_retirement() {
    let mut world = World::new();
    run(&mut world, TRAIN);
    run(
        &mut world,
        r##"
        ada dev model.evaluated model/credit@1 {"artifact":"#a","outcome":"pass"} = note lifecycle : model/credit@1 is not registered: `model.registered` comes first
        ada dev model.registered model/credit@1 {"artifact":"#a"} {"inputs":[{"subject":"run/7"}]} = ok
        ada dev model.registered model/credit@1 {"artifact":"#b"} = note lifecycle : registered already, at index
        ada dev model.promoted model/credit@1 {"artifact":"#a"} = note lifecycle : is not evaluated: `model.evaluated` for artifact sha256:6161
        olga prod model.approved model/credit@1 {"artifact":"#a"} = refuse lifecycle : is not evaluated: `model.evaluated` for artifact sha256:6161
        ada dev model.evaluated model/credit@1 {"artifact":"#b","outcome":"pass"} = note lifecycle : is registered with artifact sha256:6161
        ada dev model.evaluated model/credit@1 {"artifact":"#a","outcome":"fail"} = ok
        olga prod model.approved model/credit@1 {"artifact":"#a"} = refuse lifecycle : failed its last evaluation
        ci staging model.evaluated model/credit@1 {"artifact":"#a","outcome":"pass"} = ok
        olga prod model.approved model/credit@1 {"artifact":"#b"} = refuse lifecycle : is registered with artifact sha256:6161
        mel prod model.promoted model/credit@1 {"artifact":"#a"} = refuse lifecycle : model/credit@1 is not approved for prod: `model.approved` in prod for artifact sha256:6161
        olga prod model.approved model/credit@1 {"artifact":"#a"} = ok
        mel prod model.promoted model/credit@1 {"artifact":"#a"} = refuse lifecycle : is not promoted to staging: `model.promoted` in staging comes first
        mel staging model.promoted model/credit@1 {"artifact":"#a","from":"staging"} = warn lifecycle : cannot go from staging to staging
        mel staging model.promoted model/credit@1 {"artifact":"#a","from":"dev"} = ok
        mel prod model.promoted model/credit@1 {"artifact":"#b"} = refuse lifecycle : is registered with artifact
        mel prod model.deployed model/credit@1 {"artifact":"#a"} = refuse lifecycle : is not promoted to prod
        mel prod model.promoted model/credit@1 {"artifact":"#a","from":"dev"} = refuse lifecycle : leave `from` out
        mel prod model.promoted model/credit@1 {"artifact":"#a","from":"staging"} = ok
        mel prod model.deployed model/credit@1 {"artifact":"#a"} {"outputs":[{"subject":"deployment/credit"}]} = ok
        ci prod monitor.observed deployment/credit {"monitor":"drift"} = ok
        olga prod model.retired model/credit@1 {"reason":"old"} = ok
        mel prod model.deployed model/credit@1 {"artifact":"#a"} = refuse lifecycle : model/credit@1 is retired in prod: register a new version
        "##,
    );
}

#[test]
fn an_approval_in_dev_opens_nothing_in_prod() {
    let mut world = World::new();
    run(
        &mut world,
        r##"
        ada dev model.registered model/credit@1 {"artifact":"#a"} = ok
        ada dev model.evaluated model/credit@1 {"artifact":"#a","outcome":"pass"} = ok
        otto dev model.approved model/credit@1 {"artifact":"#a"} = ok
        ada dev model.promoted model/credit@1 {"artifact":"#a"} = ok
        mel staging model.promoted model/credit@1 {"artifact":"#a"} = warn lifecycle : is not approved for staging
        mel prod model.promoted model/credit@1 {"artifact":"#a"} = refuse lifecycle : is not approved for prod
        "##,
    );
}

#[test]
fn a_failed_evaluation_takes_the_approval_away() {
    let mut world = World::new();
    run(
        &mut world,
        r##"
        ada dev model.registered model/credit@1 {"artifact":"#a"} = ok
        ada dev model.evaluated model/credit@1 {"artifact":"#a","outcome":"pass"} = ok
        otto prod model.approved model/credit@1 {"artifact":"#a"} = ok
        ada dev model.promoted model/credit@1 {"artifact":"#a"} = ok
        ada dev model.evaluated model/credit@1 {"artifact":"#a","outcome":"fail"} = ok
        mel staging model.promoted model/credit@1 {"artifact":"#a"} = warn lifecycle : failed its last evaluation
        ada dev model.evaluated model/credit@1 {"artifact":"#a","outcome":"warn"} = ok
        mel staging model.promoted model/credit@1 {"artifact":"#a"} = warn lifecycle : is not approved for staging
        "##,
    );
}

#[test]
fn back_to_an_earlier_version_that_was_promoted_there() {
    let mut world = World::new();
    for version in ["1", "2", "3"] {
        let script = r##"
            ada dev model.registered model/credit@N {"artifact":"#N"} = ok
            ada dev model.evaluated model/credit@N {"artifact":"#N","outcome":"pass"} = ok
            otto prod model.approved model/credit@N {"artifact":"#N"} = ok
            ada dev model.promoted model/credit@N {"artifact":"#N"} = ok
            mel staging model.promoted model/credit@N {"artifact":"#N"} = ok
        "##;
        run(&mut world, &script.replace('N', version));
    }
    run(
        &mut world,
        r##"
        mel prod model.promoted model/credit@1 {"artifact":"#1"} = ok
        mel prod model.deployed model/credit@1 {"artifact":"#1"} = ok
        mel prod model.promoted model/credit@2 {"artifact":"#2"} = ok
        mel prod model.rolled-back model/credit@2 {"reason":"drift","to":"model/credit@1"} = refuse lifecycle : model/credit@2 is not deployed in prod
        mel prod model.deployed model/credit@2 {"artifact":"#2"} = ok
        mel prod model.rolled-back model/credit@2 {"reason":"drift","to":"model/credit@3"} = refuse lifecycle : model/credit@3 is not promoted to prod
        mel prod model.rolled-back model/credit@2 {"reason":"drift","to":"model/credit@2"} = refuse lifecycle : name an earlier version of the same model
        mel prod model.rolled-back model/credit@2 {"reason":"drift","to":"model/other@1"} = refuse lifecycle reference-unknown : model/other@1 in body.to was never recorded
        mel prod model.rolled-back model/credit@2 {"reason":"drift","to":"model/credit@1"} = ok
        mel prod model.rolled-back model/credit@2 {"reason":"drift","to":"model/credit@1"} = refuse lifecycle : model/credit@2 is not deployed in prod
        "##,
    );
    let version = |name: &str| {
        let state = world.state.subject(&name.parse().unwrap()).unwrap();
        state.version().unwrap().deployed.iter().collect::<Vec<_>>()
    };
    assert_eq!(version("model/credit@1"), [sagwan::event::Env::Prod]);
    assert_eq!(version("model/credit@2"), []);
}

#[test]
fn the_makers_do_not_approve() {
    let mut world = World::new();
    run(&mut world, TRAIN);
    run(
        &mut world,
        r##"
        olga staging run.started run/8 {"trigger":"manual"} = warn default-deny : user:olga (role:governance-officer in staging) may not start run/8 in staging
        ada staging run.completed run/8 {} {"outputs":[{"subject":"model/tree@1"}]} = ok
        mel staging model.registered model/tree@1 {"artifact":"#a"} {"inputs":[{"subject":"run/8"}]} = ok
        ada staging model.evaluated model/tree@1 {"artifact":"#a","outcome":"pass"} = ok
        olga prod model.approved model/tree@1 {"artifact":"#a"} = refuse four-eyes-model-approve : user:olga signed the run that made it: somebody else must record model.approved
        mel prod model.approved model/tree@1 {"artifact":"#a"} = refuse deny-mle-model-approve four-eyes-model-approve : user:mel is its author
        otto prod model.approved model/tree@1 {"artifact":"#a"} = ok
        "##,
    );
}

#[test]
fn an_approval_by_the_author_never_counts() {
    let mut world = World::new();
    run(
        &mut world,
        r##"
        otto dev model.registered model/own@1 {"artifact":"#a"} = note default-deny
        ada dev model.evaluated model/own@1 {"artifact":"#a","outcome":"pass"} = ok
        otto dev model.approved model/own@1 {"artifact":"#a"} = note four-eyes-model-approve : user:otto is its author
        ada dev model.promoted model/own@1 {"artifact":"#a"} = note lifecycle : is not approved for dev
        "##,
    );
}

#[test]
fn a_prompt_from_registration_to_roll_back() {
    let mut world = World::new();
    run(
        &mut world,
        r##"
        ada dev prompt.registered prompt/letter@1 {"template":"#a"} = ok
        otto prod prompt.approved prompt/letter@1 {"template":"#a"} = refuse lifecycle : prompt/letter@1 is not evaluated: `prompt.evaluated` for template sha256:6161
        ada dev prompt.evaluated prompt/letter@1 {"template":"#a","outcome":"pass","suite":"s"} = ok
        otto prod prompt.approved prompt/letter@1 {"template":"#b"} = refuse lifecycle : is registered with template
        otto prod prompt.approved prompt/letter@1 {"template":"#a"} = ok
        ada dev prompt.promoted prompt/letter@1 {"template":"#a"} = ok
        mel staging prompt.promoted prompt/letter@1 {"template":"#a"} = ok
        mel prod prompt.promoted prompt/letter@1 {"template":"#a"} = ok
        mel prod prompt.deployed prompt/letter@1 {"template":"#a"} = ok
        mel prod prompt.rolled-back prompt/letter@1 {"reason":"odd","to":"prompt/letter@0"} = refuse lifecycle reference-unknown : prompt/letter@0 is not promoted to prod
        "##,
    );
}

#[test]
fn datasets_runs_and_alerts() {
    let mut world = World::new();
    run(
        &mut world,
        r##"
        dan prod dataset.validated dataset/x@1 {"outcome":"pass"} = refuse lifecycle : dataset/x@1 is not registered: `dataset.registered` comes first
        dan prod dataset.registered dataset/x@1 {"source":"s","purpose":"p","legal_basis":"l","personal":true} = ok
        dan prod dataset.registered dataset/x@1 {"source":"s","purpose":"p","legal_basis":"l"} = refuse lifecycle : registered already
        dan prod dataset.validated dataset/x@1 {"outcome":"pass"} = ok
        olga prod dataset.retired dataset/x@1 {"reason":"old"} = ok
        dan prod dataset.validated dataset/x@1 {"outcome":"pass"} = refuse lifecycle : is retired in prod
        ci prod run.completed run/1 {} = refuse lifecycle : run/1 was not started: `run.started` comes first
        ci prod run.started run/1 {"trigger":"schedule"} = ok
        ci prod run.started run/1 {"trigger":"schedule"} = refuse lifecycle : run/1 is already started
        ci prod run.failed run/1 {"error":"oom"} = ok
        ci prod run.completed run/1 {} = refuse lifecycle : run/1 is already failed: give the next run a name of its own
        olga prod alert.resolved alert/1 {"resolution":"none"} = refuse lifecycle : alert/1 was not raised: `alert.raised` comes first
        ci prod alert.raised alert/1 {"severity":"minor","monitor":"m","code":"c","message":"m"} = ok
        olga prod alert.resolved alert/1 {"resolution":"none"} = ok
        olga prod alert.resolved alert/1 {"resolution":"none"} = refuse lifecycle : alert/1 is already resolved
        "##,
    );
    assert!(world.state.has_personal_data());
}

#[test]
fn what_existed_before_the_ledger_is_imported_outside_enforce() {
    let mut world = World::new();
    run(
        &mut world,
        r##"
        mel prod model.deployed model/old@1 {"artifact":"#a"} {"imported":true} = refuse imported-in-enforce : model/old@1 is marked `imported`, and prod enforces
        mel staging model.promoted model/old@1 {"artifact":"#a"} {"imported":true} = ok
        mel staging model.deployed model/old@1 {"artifact":"#a"} = ok
        ada staging model.evaluated model/old@1 {"artifact":"#b","outcome":"pass"} {"imported":true} = warn lifecycle : is registered with artifact
        ada dev model.registered model/new@1 {"artifact":"#a"} = ok
        mel staging model.promoted model/new@1 {"artifact":"#a"} {"imported":true} = warn lifecycle : is not evaluated
        mel staging run.completed run/9 {} {"imported":true} = warn lifecycle : run/9 was not started
        "##,
    );
}

#[test]
fn references_are_recorded_or_external() {
    let mut world = World::new();
    run(
        &mut world,
        r##"
        ci prod run.started run/1 {"trigger":"manual"} {"inputs":[{"subject":"dataset/none@1"}]} = refuse reference-unknown : dataset/none@1 in inputs was never recorded: record it first, or, if it is kept elsewhere, mark it `external: true` in inputs or outputs (`sagwan record --external`)
        ci staging run.started run/2 {"trigger":"manual"} {"inputs":[{"subject":"dataset/none@1"}]} = warn reference-unknown
        ci staging run.started run/3 {"trigger":"manual"} {"inputs":[{"subject":"dataset/none@1"}]} = warn reference-unknown
        ci dev run.started run/4 {"trigger":"manual"} {"inputs":[{"subject":"dataset/none@1"}]} = note reference-unknown
        ci prod run.started run/1 {"trigger":"manual"} {"inputs":[{"subject":"dataset/none@1","external":true},{"subject":"code/a@1"},{"subject":"job/etl"}]} = ok
        ci prod run.completed run/1 {} {"outputs":[{"subject":"dataset/made@1"}]} = ok
        ci prod run.started run/5 {"trigger":"manual","runtime":"runtime/r"} {"inputs":[{"subject":"dataset/made@1"}]} = refuse reference-unknown : runtime/r in body.runtime
        ci prod dataset.registered dataset/made@1 {"source":"s","purpose":"p","legal_basis":"l","digest":"#d"} {"outputs":[{"subject":"dataset/none@1"}]} = refuse reference-unknown : dataset/none@1 in outputs
        ci prod dataset.registered dataset/made@1 {"source":"s","purpose":"p","legal_basis":"l","digest":"#d"} = ok
        ci prod run.started run/5 {"trigger":"manual"} {"inputs":[{"subject":"dataset/made@1","digest":"#e"}]} = refuse reference-digest : is registered with sha256:6464
        ci prod data.profiled dataset/none@1 {"profile":"#p","rows":1} = refuse reference-unknown : dataset/none@1 in subject
        ci prod x.acme.note dataset/note@1 {} = ok
        "##,
    );
}
