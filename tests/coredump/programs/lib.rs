// An explicit trap below two functions; without overflow checks, so that nothing of the core library is linked.
#![no_std]
#![crate_type = "cdylib"]

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

pub struct Account {
    pub balance: i64,
    pub limit: u32,
}

#[inline(never)]
fn withdraw(account: &mut Account, amount: i64) -> i64 {
    let rest = account.balance - amount;
    if rest < -(account.limit as i64) {
        core::arch::wasm32::unreachable()
    }
    account.balance = rest;
    rest
}

#[no_mangle]
pub extern "C" fn run(first: i32, second: i32) -> i64 {
        let mut account = Account { balance: 500, limit: 100 };
    let after = withdraw(&mut account, first as i64);
    after + withdraw(&mut account, second as i64)
}
