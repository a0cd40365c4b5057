//! Grants, uses under them, and break-glass. All in `prod`, where the embedded policy enforces, unless said otherwise.

use crate::{
    script::run,
    world::{START, World},
};

const DATA: &str = r##"
dan prod dataset.registered dataset/credit@1 {"source":"uci","purpose":"risk","legal_basis":"contract","personal":true} = ok
dan prod dataset.registered dataset/other@1 {"source":"uci","purpose":"risk","legal_basis":"contract"} = ok
"##;

/// `ada` asks for two days of `dataset/credit` and gets one.
const GRANT: &str = r##"
ada prod access.requested grant/g1 {"reason":"r","purpose":"model-development","until":"+2d"} {"inputs":[{"subject":"dataset/credit@1"}]} = ok
otto prod access.granted grant/g1 {"to":"user:ada","purpose":"model-development","until":"+1d"} {"inputs":[{"subject":"dataset/credit@1"}]} = ok
"##;

#[test]
fn a_grant_is_asked_for_and_given_by_another() {
    let mut world = World::new();
    run(&mut world, DATA);
    run(
        &mut world,
        r##"
        ada prod access.requested grant/g1 {"reason":"r","purpose":"fun","until":"+2d"} {"inputs":[{"subject":"dataset/credit@1"}]} = refuse purpose-unknown : purpose "fun" is not of the policy's list: one of model-development
        otto prod access.granted grant/g1 {"to":"user:ada","purpose":"model-development","until":"+1d"} = refuse lifecycle : grant/g1 was not requested: `access.requested` comes first
        ada prod access.requested grant/g1 {"reason":"r","purpose":"model-development","until":"+0h"} {"inputs":[{"subject":"dataset/credit@1"}]} = refuse grant-too-long : ask for a time to come
        ada prod access.requested grant/g1 {"reason":"r","purpose":"model-development","until":"+2d","actions":["fly"]} {"inputs":[{"subject":"dataset/credit@1"}]} = refuse action-unknown : action "fly" is none that a grant gives: use or read
        ada prod access.requested grant/g1 {"reason":"r","purpose":"model-development","until":"+2d","actions":["read","register"]} {"inputs":[{"subject":"dataset/credit@1"}]} = refuse action-unknown : "register"
        ada prod access.requested grant/g0 {"reason":"r","purpose":"model-development","until":"+2d"} {"inputs":[{"subject":"run/r1","external":true}]} = refuse action-unknown : nothing does "use" to run/r1
        ada prod access.requested grant/g1 {"reason":"r","purpose":"model-development","until":"+2d"} {"inputs":[{"subject":"dataset/credit@1"}]} = ok
        ada prod access.requested grant/g1 {"reason":"r","purpose":"model-development","until":"+2d"} = refuse lifecycle : give the new grant a name of its own
        ada prod access.granted grant/g1 {"to":"user:ada","purpose":"model-development","until":"+1d"} = refuse default-deny four-eyes-grant : user:ada is its author
        olga prod access.granted grant/g1 {"to":"user:olga","purpose":"model-development","until":"+1d"} = refuse four-eyes-grant : user:olga is the one whom it is for
        otto prod access.granted grant/g1 {"to":"user:ada","purpose":"audit","until":"+1d"} = refuse grant-exceeds-request : would give purpose audit, and model-development was asked for
        otto prod access.granted grant/g1 {"to":"user:ada","purpose":"model-development","until":"+3d"} = refuse grant-exceeds-request : until
        otto prod access.granted grant/g1 {"to":"user:ada","purpose":"model-development","until":"+1d"} {"inputs":[{"subject":"dataset/other@1"}]} = refuse grant-exceeds-request : dataset/other@1, which was not asked for
        otto prod access.granted grant/g1 {"to":"user:ada","purpose":"model-development","until":"+1d","actions":["export"]} = refuse action-unknown grant-exceeds-request : action export
        otto prod access.granted grant/g1 {"to":"user:ada","purpose":"model-development","until":"+0h"} = refuse grant-too-long : name a time to come
        otto prod access.granted grant/g1 {"to":"user:ada","purpose":"model-development","until":"+60d"} = refuse grant-exceeds-request grant-too-long : in prod the policy lets a grant last until
        otto prod access.granted grant/g1 {"to":"user:ada","purpose":"model-development","until":"+1d"} = ok
        otto prod access.granted grant/g1 {"to":"user:ada","purpose":"model-development","until":"+1d"} = refuse lifecycle : is already granted
        "##,
    );
}

#[test]
fn a_use_needs_a_live_grant() {
    let mut world = World::new();
    run(&mut world, DATA);
    run(
        &mut world,
        r##"
        ada prod access.used dataset/credit@1 {"account":"user:ada","origin":"office","task":"look","records":1,"grant":"grant/g1","purpose":"model-development"} = refuse default-deny grant-missing : grant/g1 was never granted: request access to dataset/credit@1 in prod
        "##,
    );
    run(&mut world, GRANT);
    run(
        &mut world,
        r##"
        ada prod access.used dataset/credit@1 {"account":"user:ada","origin":"office","task":"look","records":1,"grant":"grant/g1","purpose":"model-development"} = ok : access-grant
        ada prod access.used dataset/credit@1 {"account":"user:ada","origin":"office","task":"look","records":1,"grant":"grant/g1","purpose":"audit"} = refuse default-deny grant-purpose : grant/g1 is for model-development, and the use is for audit
        ada prod access.used dataset/other@1 {"account":"user:ada","origin":"office","task":"look","records":1,"grant":"grant/g1","purpose":"model-development"} = refuse default-deny grant-missing : does not cover dataset/other@1
        bea prod access.used dataset/credit@1 {"account":"user:bea","origin":"office","task":"look","records":1,"grant":"grant/g1","purpose":"model-development"} = refuse default-deny grant-missing : grant/g1 is not user:bea's
        ada staging access.used dataset/credit@1 {"account":"user:ada","origin":"office","task":"look","records":1,"grant":"grant/g1","purpose":"model-development"} = warn grant-missing : holds in prod only
        ada prod access.used dataset/credit@1 {"account":"user:dan","origin":"office","task":"look","records":1,"grant":"grant/g1","purpose":"model-development"} = refuse default-deny grant-missing : only services record what others did
        ci prod access.used dataset/credit@1 {"account":"user:ada","origin":"db","task":"query","records":1,"grant":"grant/g1","purpose":"model-development"} = ok
        ci prod access.used dataset/credit@1 {"account":"user:dan","origin":"db","task":"query","records":1,"grant":"grant/g1","purpose":"model-development"} = refuse grant-missing : grant/g1 is not user:dan's
        ada prod access.used dataset/credit@1 {"account":"user:ada","origin":"office","task":"look","records":1,"grant":"dataset/credit@1","purpose":"model-development"} = invalid : which is no grant
        @ +23h
        ada prod access.used dataset/credit@1 {"account":"user:ada","origin":"office","task":"look","records":1,"grant":"grant/g1","purpose":"model-development"} = ok
        @ +1h
        ada prod access.used dataset/credit@1 {"account":"user:ada","origin":"office","task":"look","records":1,"grant":"grant/g1","purpose":"model-development"} = refuse default-deny grant-expired : grant/g1 ran out at 2026-02-01T09:00:00Z
        otto prod access.revoked grant/g1 {"reason":"done"} = refuse lifecycle : grant/g1 is already expired
        "##,
    );
}

#[test]
fn a_use_of_personal_data_says_whose_or_how_many() {
    let mut world = World::new();
    run(&mut world, DATA);
    run(&mut world, GRANT);
    run(
        &mut world,
        r##"
        ada prod access.used dataset/credit@1 {"account":"user:ada","origin":"office","task":"look","grant":"grant/g1","purpose":"model-development"} = refuse data-subject-missing : dataset/credit@1 holds personal data: name body.data_subject
        ada prod access.used dataset/credit@1 {"account":"user:ada","origin":"office","task":"look","grant":"grant/g1","purpose":"model-development","data_subject":"ds-aaaqeayeaudaocajbifqydiob4"} = ok
        ada prod access.used dataset/credit@1 {"account":"user:ada","origin":"office","task":"look","grant":"grant/g1","purpose":"model-development"} {"commitments":[{"path":"/body/data_subject","digest":"#a"}]} = ok
        dan staging dataset.registered dataset/rough@1 {"source":"uci","purpose":"risk","legal_basis":"contract","personal":true} = ok
        dan staging access.used dataset/rough@1 {"account":"user:dan","origin":"office","task":"look","purpose":"audit"} = warn data-subject-missing
        dan dev access.used dataset/rough@1 {"account":"user:dan","origin":"office","task":"look","purpose":"audit"} = note data-subject-missing
        "##,
    );
}

#[test]
fn a_use_without_a_grant_is_one_that_policy_allows_to_the_account_too() {
    let mut world = World::new();
    run(&mut world, DATA);
    run(
        &mut world,
        r##"
        ada prod access.used dataset/other@1 {"account":"user:ada","origin":"office","task":"look","purpose":"audit"} = refuse default-deny : user:ada (role:data-scientist in prod) may not use dataset/other@1
        ci prod access.used dataset/other@1 {"account":"service:ci","origin":"db","task":"look","purpose":"audit"} = ok
        ci prod access.used dataset/other@1 {"account":"job 7","origin":"db","task":"look","purpose":"audit"} = ok
        ci prod access.used dataset/other@1 {"account":"user:ada","origin":"db","task":"look","purpose":"audit"} = refuse default-deny : user:ada (role:data-scientist in prod) may not use dataset/other@1
        ci prod access.used dataset/other@1 {"account":"service:ci","origin":"db","task":"look","purpose":"fun"} = refuse purpose-unknown
        "##,
    );
}

#[test]
fn what_was_read_of_the_ledger_is_the_logs_own() {
    let mut world = World::new();
    run(&mut world, DATA);
    run(
        &mut world,
        r##"
        log prod access.used dataset/credit@1 {"account":"user:bea","origin":"10.0.0.7","task":"read record 7","purpose":"audit","records":1} = ok : log-own
        log prod access.used dataset/credit@1 {"account":"anyone","origin":"10.0.0.7","task":"list records","purpose":"audit","records":12} = ok : log-own
        "##,
    );
}

#[test]
fn a_grant_changes_and_is_revoked_and_its_past_is_kept() {
    let mut world = World::new();
    run(&mut world, DATA);
    run(&mut world, GRANT);
    run(
        &mut world,
        r##"
        ada prod access.changed grant/g1 {"until":"+2d","reason":"more"} = refuse default-deny four-eyes-grant-change : user:ada is the one whom it is for
        otto prod access.changed grant/g1 {"until":"+31d","reason":"more"} = refuse grant-exceeds-request grant-too-long
        otto prod access.changed grant/g1 {"until":"+3d","reason":"more"} = refuse grant-exceeds-request : would give until 2026-02-03T09:00:00Z, and 2026-02-02T09:00:00Z was asked for
        otto prod access.changed grant/g1 {"until":"+2d","purpose":"audit","reason":"more"} = refuse grant-exceeds-request : purpose audit, and model-development was asked for
        otto prod access.changed grant/g9 {"until":"+2d","reason":"more"} = refuse lifecycle : grant/g9 was not requested
        @ +2h
        otto prod access.changed grant/g1 {"until":"+46h","reason":"more"} = ok
        @ +30h
        ada prod access.used dataset/credit@1 {"account":"user:ada","origin":"office","task":"look","records":1,"grant":"grant/g1","purpose":"model-development"} = ok
        otto prod access.revoked grant/g1 {"reason":"left"} = ok
        ada prod access.used dataset/credit@1 {"account":"user:ada","origin":"office","task":"look","records":1,"grant":"grant/g1","purpose":"model-development"} = refuse default-deny grant-expired : grant/g1 was revoked at
        otto prod access.changed grant/g1 {"until":"+10h","reason":"more"} = refuse lifecycle : grant/g1 is already revoked
        "##,
    );
    let hour = 3_600_000;
    let until = |hours: i64| {
        let grants = world.state.grants_at(START.plus_ms(hours * hour));
        grants.first().map(|(_, _, term)| (term.until.0 - START.0) / hour)
    };
    assert_eq!(until(-1), None);
    assert_eq!(until(1), Some(24));
    assert_eq!(until(2), Some(48));
    assert_eq!(until(31), Some(48));
    assert_eq!(until(32), None, "revoked");
}

#[test]
fn break_glass_is_short_owes_a_review_and_bows_to_absolute_rules() {
    let mut world = World::new();
    run(&mut world, DATA);
    run(
        &mut world,
        r##"
        mel prod breakglass.opened grant/b1 {"reason":"fire","ticket":"T1","purpose":"incident-response","until":"+5h"} {"inputs":[{"subject":"dataset/credit@1"}]} = refuse breakglass-too-long : an emergency may last from now to
        mel prod breakglass.opened grant/b1 {"reason":"fire","ticket":"T1","purpose":"incident-response","until":"+2h"} {"inputs":[{"subject":"dataset/credit@1"}]} = ok
        mel prod access.used dataset/credit@1 {"account":"user:mel","origin":"home","task":"repair","records":1,"grant":"grant/b1","purpose":"incident-response"} = ok : break-glass
        mel prod breakglass.opened grant/b1 {"reason":"fire","ticket":"T1","purpose":"incident-response","until":"+2h"} = refuse lifecycle : is already in use
        ci prod breakglass.opened grant/b2 {"reason":"fire","ticket":"T1","purpose":"incident-response","until":"+2h"} = refuse deny-pl-grant-open-breakglass : a rule denies it
        mel prod breakglass.reviewed grant/b1 {"findings":"fine","justified":true} = refuse default-deny four-eyes-breakglass-review : user:mel is its author
        @ +71h
        mel prod breakglass.opened grant/b3 {"reason":"fire","ticket":"T2","purpose":"incident-response","until":"+2h"} = ok
        @ +1h
        mel prod breakglass.opened grant/b4 {"reason":"fire","ticket":"T3","purpose":"incident-response","until":"+2h"} = refuse breakglass-review-owed : grant/b1 was opened by user:mel and is still to be reviewed
        otto prod breakglass.reviewed grant/b1 {"findings":"fine","justified":true} = ok
        otto prod breakglass.reviewed grant/b1 {"findings":"fine","justified":true} = refuse lifecycle : grant/b1 is already reviewed
        otto prod breakglass.reviewed grant/b9 {"findings":"fine","justified":true} = refuse lifecycle : was not opened in an emergency
        mel prod breakglass.opened grant/b4 {"reason":"fire","ticket":"T3","purpose":"incident-response","until":"+2h"} = ok
        "##,
    );
}

#[test]
fn a_gateway_speaks_for_nobody_who_may_not() {
    let mut world = World::new();
    run(
        &mut world,
        r##"
        ci prod dataset.registered dataset/a@1 {"source":"s","purpose":"p","legal_basis":"l"} {"claimed_by":"user:bea"} = refuse default-deny : user:bea (role:business-stakeholder in prod) may not register dataset/a@1 in prod
        ci prod dataset.registered dataset/a@1 {"source":"s","purpose":"p","legal_basis":"l"} {"claimed_by":"user:nobody"} = refuse default-deny : user:nobody (no role in prod)
        ci prod dataset.registered dataset/a@1 {"source":"s","purpose":"p","legal_basis":"l"} {"claimed_by":"user:dan"} = ok
        ci prod dataset.registered dataset/b@1 {"source":"s","purpose":"p","legal_basis":"l"} {"claimed_by":"airflow 3"} = ok
        "##,
    );
}
