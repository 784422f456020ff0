//! A method of the field, a loop, a choice by a tag, the irregular, `Box::from_raw`.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::ffi::{CString, c_char};
use std::io;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, PoisonError};

use dispose_core::{Close, Dispose, StatusError, status};
use dispose_tests::panic_of;

use crate::c::{self, P, p};
use crate::row::{Ordinary, call, calls, fail, failing, lent, same_size, seen};

/// What is released with `libbpf`'s type information: nothing, it alone, or the object that owns it.
#[derive(Clone, Copy)]
pub enum BtfDrop {
    Nothing,
    SelfPtrOnly,
    ObjPtr(P),
}

pub struct Observer;

impl Observer {
    fn disconnect(&self) {
        call("disconnect".into());
    }
}

/// A context under a lock, which is recorded when it is unlocked.
pub struct Guarded(pub Option<u32>);

impl Guarded {
    fn unmake_current(&self) -> io::Result<()> {
        if self.0.is_none() {
            return Ok(());
        }
        call("unmake_current".into());
        if failing() { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        call("unlock".into());
    }
}

pub struct Cairo;

impl Cairo {
    fn release(&self) {
        call("cairo_device_release".into());
    }
}

/// A group that is left by closing a queue and polling until it is closed.
pub struct Client(pub P, pub Cell<u32>);

impl Client {
    fn is_closed(&self) -> bool {
        self.1.get() == 0
    }
    fn poll(&self) {
        unsafe { c::rd_kafka_poll(self.0) };
        self.1.set(self.1.get() - 1);
    }
}

thread_local!(static ATTACHED: Cell<bool> = const { Cell::new(true) });

fn attached() -> bool {
    ATTACHED.get()
}

/// A wrapper by value that is freed after it was disconnected.
pub struct Odbc(pub P, pub Ordinary);

thread_local!(static IN_TRANSACTION: RefCell<bool> = const { RefCell::new(false) });

impl Odbc {
    /// With a transaction open it refuses.
    fn disconnect(&self) -> Result<(), StatusError> {
        let result = status::zero(unsafe { c::SQLDisconnect(self.0) });
        if IN_TRANSACTION.take() { Err(status::zero(25000).unwrap_err()) } else { result }
    }
    fn is_in_transaction(error: &StatusError) -> bool {
        error.code() == 25000
    }
    fn roll_back(&self) {
        unsafe { c::SQLRollback(self.0) };
    }
}

fn four(count: usize) -> [MaybeUninit<Ordinary>; 4] {
    let names = ["a", "b", "c", "d"];
    std::array::from_fn(|n| {
        if n < count { MaybeUninit::new(Ordinary(names[n])) } else { MaybeUninit::uninit() }
    })
}

rows! {
    row r47 47 "winit `IntersectionObserverHandle`"
    hand {
        pub struct Row {
            pub observer: Observer,
            pub closure: Ordinary,
        }
        impl Drop for Row {
            fn drop(&mut self) {
                self.observer.disconnect();
            }
        }
    }
    derived {
        #[derive(Close)]
        #[dispose(before = |this| this.observer.disconnect())]
        pub struct Row {
            pub observer: Observer,
            pub closure: Ordinary,
        }
    }
    value |_| Row { observer: Observer, closure: Ordinary("closure") };

    row r48 48 "wgpu-hal `AdapterContextLock<'a>`" safer "no panic in `Drop`"
    hand {
        pub struct Row<'a> {
            pub lock: Guarded,
            pub of: PhantomData<&'a ()>,
        }
        impl Drop for Row<'_> {
            fn drop(&mut self) {
                self.lock.unmake_current().expect("unmade");
            }
        }
    }
    derived {
        #[derive(Close)]
        #[dispose(before = |this| this.lock.unmake_current())]
        pub struct Row<'a> {
            pub lock: Guarded,
            pub of: PhantomData<&'a ()>,
        }
    }
    type Row<'static>;
    value |held: bool| Row { lock: Guarded(held.then_some(48)), of: PhantomData };
    shows {
        fail(true);
        let (by_hand, derived) = (seen(|| drop(hand::value(true))), seen(|| drop(derived::value(true))));
        fail(false);
        assert_eq!(by_hand, "unmake_current unlock PANIC");
        assert_eq!(derived, "unmake_current unlock");
    }

    row r49 49 "cairo-rs `DeviceAcquireGuard<'a>`"
    hand {
        pub struct Row<'a>(pub &'a Cairo);
        impl Drop for Row<'_> {
            fn drop(&mut self) {
                self.0.release();
            }
        }
    }
    derived {
        #[derive(Close)]
        #[dispose(before = |guard| guard.0.release())]
        pub struct Row<'a>(pub &'a Cairo);
    }
    type Row<'static>;
    value |_| Row(&Cairo);

    row r50 50 "rusb `DeviceHandle<T>`" safer "a poisoned lock does not keep the handle open"
    hand {
        pub struct Row<T = Ordinary> {
            pub context: T,
            pub handle: Option<NonNull<u8>>,
            pub interfaces: Mutex<BTreeSet<u8>>,
        }
        impl<T> Drop for Row<T> {
            fn drop(&mut self) {
                let interfaces = self.interfaces.lock().unwrap();
                let Some(handle) = self.handle else { return };
                let handle = handle.as_ptr().cast();
                for interface in &*interfaces {
                    unsafe { c::libusb_release_interface(handle, *interface) };
                }
                unsafe { c::libusb_close(handle) };
            }
        }
    }
    derived {
        #[derive(Dispose)]
        #[dispose(before = Self::release_interfaces)]
        pub struct Row<T = Ordinary> {
            pub context: T,
            #[unmanaged(unsafe(release = |handle| c::libusb_close(handle.as_ptr().cast())))]
            pub(crate) handle: Option<NonNull<u8>>,
            pub interfaces: Mutex<BTreeSet<u8>>,
        }
        impl<T> Row<T> {
            fn release_interfaces(&mut self) -> Result<(), StatusError> {
                let Some(handle) = self.handle else { return Ok(()) };
                let interfaces = self.interfaces.get_mut().unwrap_or_else(PoisonError::into_inner);
                let mut released = Ok(());
                for interface in &*interfaces {
                    let status = unsafe { c::libusb_release_interface(handle.as_ptr().cast(), *interface) };
                    released = released.and(status::non_negative(status));
                }
                released
            }
        }
    }
    value |held: bool| Row {
        context: Ordinary("context"),
        handle: held.then(|| NonNull::new(p(50).cast()).unwrap()),
        interfaces: Mutex::new([1, 2].into()),
    };
    shows {
        let poison = |interfaces: &Mutex<BTreeSet<u8>>| {
            let poisoned = panic_of(|| {
                let _guard = interfaces.lock();
                panic!("poison");
            });
            assert!(poisoned.is_some());
        };
        let by_hand = hand::value(true);
        poison(&by_hand.interfaces);
        assert_eq!(seen(|| drop(by_hand)), "~context PANIC");
        let derived = derived::value(true);
        poison(&derived.interfaces);
        assert_eq!(
            seen(|| drop(derived)),
            "libusb_release_interface(0x32,1) libusb_release_interface(0x32,2) libusb_close(0x32) ~context"
        );
    }

    row r51 51 "tokio `WakeList`"
    hand {
        pub struct Row {
            pub wakers: [MaybeUninit<Ordinary>; 4],
            pub len: usize,
        }
        impl Drop for Row {
            fn drop(&mut self) {
                for waker in &mut self.wakers[..self.len] {
                    unsafe { waker.assume_init_drop() };
                }
            }
        }
    }
    derived {
        #[derive(Close)]
        #[dispose(before = |list| for waker in &mut list.wakers[..list.len] {
            unsafe { waker.assume_init_drop() };
        })]
        pub struct Row {
            pub(crate) wakers: [MaybeUninit<Ordinary>; 4],
            pub(crate) len: usize,
        }
    }
    value |held: bool| Row { wakers: four(if held { 3 } else { 0 }), len: if held { 3 } else { 0 } };

    row r52 52 "pyo3 `Guard<'a, T>`"
    hand {
        pub struct Row<'a, T = Ordinary> {
            pub slots: &'a mut [MaybeUninit<T>],
            pub count: usize,
        }
        impl<T> Drop for Row<'_, T> {
            fn drop(&mut self) {
                for slot in &mut self.slots[..self.count] {
                    unsafe { slot.assume_init_drop() };
                }
            }
        }
    }
    derived {
        #[derive(Close)]
        #[dispose(before = |guard| for slot in &mut guard.slots[..guard.count] {
            unsafe { slot.assume_init_drop() };
        })]
        pub struct Row<'a, T = Ordinary> {
            pub(crate) slots: &'a mut [MaybeUninit<T>],
            pub(crate) count: usize,
        }
    }
    type Row<'static>;
    value |_| Row { slots: lent(four(2)), count: 2 };

    row r53 53 "vulkano `Event`"
    hand {
        pub struct Row {
            pub handle: u64,
            pub device: Arc<u64>,
            pub must_put_in_pool: bool,
        }
        impl Drop for Row {
            fn drop(&mut self) {
                if self.must_put_in_pool {
                    unsafe { c::event_to_pool(self.handle) };
                } else {
                    unsafe { c::vkDestroy(*self.device, self.handle) };
                }
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row {
            #[unmanaged(always, unsafe(release = |handle| if self.must_put_in_pool {
                c::event_to_pool(handle);
            } else {
                c::vkDestroy(*self.device, handle);
            }))]
            pub(crate) handle: u64,
            pub device: Arc<u64>,
            pub must_put_in_pool: bool,
        }
    }
    value |pooled| Row { handle: 53, device: Arc::new(0xd), must_put_in_pool: pooled };

    row r55 55 "security-framework `SslStream<S>`" safer "no panic in `Drop`"
    hand {
        pub struct Row<S = ()> {
            pub context: Odbc,
            pub of: PhantomData<S>,
        }
        impl<S> Drop for Row<S> {
            fn drop(&mut self) {
                let status = unsafe { c::SSLGetConnection(self.context.0) };
                assert!(status == 0);
                call("Box::from_raw".into());
            }
        }
    }
    derived {
        #[derive(Close)]
        #[dispose(before = |this| {
            let found = status::zero(unsafe { c::SSLGetConnection(this.context.0) });
            found.map(|()| call("Box::from_raw".into()))
        })]
        pub struct Row<S = ()> {
            pub(crate) context: Odbc,
            pub of: PhantomData<S>,
        }
    }
    value |_| Row { context: Odbc(p(55), Ordinary("context")), of: PhantomData };

    row r56 56 "rdkafka `BaseConsumer<C>`" safer "a failure is seen, and the loop ends"
    hand {
        pub struct Row<C = ()>
        where
            C: Copy,
        {
            pub client: Client,
            pub group: Option<Ordinary>,
            pub context: C,
        }
        impl<C> Drop for Row<C>
        where
            C: Copy,
        {
            fn drop(&mut self) {
                unsafe { c::rd_kafka_unset_callback(self.client.0) };
                if self.group.is_some() {
                    if unsafe { c::rd_kafka_consumer_close_queue(self.client.0) } != 0 {
                        call("log".into());
                        return;
                    }
                    while !self.client.is_closed() {
                        self.client.poll();
                    }
                }
            }
        }
    }
    derived {
        #[derive(Close)]
        #[dispose(before = Self::leave_group)]
        pub struct Row<C = ()>
        where
            C: Copy,
        {
            pub(crate) client: Client,
            pub group: Option<Ordinary>,
            pub context: C,
        }
        impl<C: Copy> Row<C> {
            fn leave_group(&mut self) -> io::Result<()> {
                unsafe { c::rd_kafka_unset_callback(self.client.0) };
                if self.group.is_none() {
                    return Ok(());
                }
                let queue = unsafe { c::rd_kafka_consumer_close_queue(self.client.0) };
                status::zero(queue).map_err(io::Error::other)?;
                for _ in 0..100 {
                    if self.client.is_closed() {
                        return Ok(());
                    }
                    self.client.poll();
                }
                Err(io::ErrorKind::TimedOut.into())
            }
        }
    }
    value |held: bool| Row {
        client: Client(p(56), Cell::new(2)),
        group: held.then_some(Ordinary("group")),
        context: (),
    };
    shows {
        let endless = derived::value(true);
        endless.client.1.set(1_000_000);
        let error = endless.close().unwrap_err();
        assert_eq!(error.to_string(), "failed to dispose `Row`: before: timed out");
        assert!(calls().ends_with("rd_kafka_poll(0x38) ~group"));
    }

    row r57 57 "pyo3 `Py<T>`"
    hand {
        pub struct Row<T = ()>(pub NonNull<u8>, pub PhantomData<T>);
        impl<T> Drop for Row<T> {
            fn drop(&mut self) {
                let object = self.0.as_ptr().cast();
                if attached() {
                    unsafe { c::Py_DECREF(object) };
                } else {
                    unsafe { c::decref_later(object) };
                }
            }
        }
    }
    derived {
        #[derive(Close)]
        #[dispose(clone)] // by `Py_INCREF`
        pub struct Row<T = ()>(
            #[unmanaged(always, unsafe(release = |object| {
                let object = object.as_ptr().cast();
                if attached() { c::Py_DECREF(object) } else { c::decref_later(object) }
            }))]
            pub(crate) NonNull<u8>,
            pub PhantomData<T>,
        );
    }
    value |is_attached| {
        ATTACHED.set(is_attached);
        Row(NonNull::new(p(57).cast()).unwrap(), PhantomData)
    };

    row r58 58 "odbc-api `Connection<'c>`" safer "no panic in `Drop`"
    hand {
        pub struct Row<'c> {
            pub connection: Odbc,
            pub of: PhantomData<&'c ()>,
        }
        impl Drop for Row<'_> {
            fn drop(&mut self) {
                let mut result = self.connection.disconnect();
                if result.as_ref().is_err_and(Odbc::is_in_transaction) {
                    self.connection.roll_back();
                    result = self.connection.disconnect();
                }
                if !std::thread::panicking() {
                    result.unwrap();
                }
            }
        }
    }
    derived {
        #[derive(Close)]
        #[dispose(before = |this| match this.connection.disconnect() {
            Err(error) if Odbc::is_in_transaction(&error) => {
                this.connection.roll_back();
                this.connection.disconnect()
            }
            result => result,
        })]
        pub struct Row<'c> {
            pub connection: Odbc,
            pub of: PhantomData<&'c ()>,
        }
    }
    type Row<'static>;
    value |in_transaction| {
        IN_TRANSACTION.replace(in_transaction);
        Row { connection: Odbc(p(58), Ordinary("connection")), of: PhantomData }
    };
    shows {
        drop(derived::value(true));
        assert_eq!(calls(), "SQLDisconnect(0x3a) SQLRollback(0x3a) SQLDisconnect(0x3a) ~connection");
    }

    row r59 59 "rquickjs-core `AllocatorHolder`"
    hand {
        pub struct Row(pub *mut Ordinary);
        impl Drop for Row {
            fn drop(&mut self) {
                drop(unsafe { Box::from_raw(self.0) });
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row(
            #[unmanaged(unsafe(release = |allocator| drop(Box::from_raw(allocator))), always)]
            pub(crate) *mut Ordinary,
        );
    }
    value |_| Row(Box::into_raw(Box::new(Ordinary("allocator"))));

    row r60 60 "proj `HandleData`"
    hand {
        pub struct Row {
            pub name: Option<NonNull<c_char>>,
            pub values: Ordinary,
        }
        impl Drop for Row {
            fn drop(&mut self) {
                if let Some(name) = self.name {
                    let name = unsafe { CString::from_raw(name.as_ptr()) };
                    call(format!("CString::from_raw({name:?})"));
                }
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row {
            #[unmanaged(unsafe(release = |name| {
                let name = CString::from_raw(name.as_ptr());
                call(format!("CString::from_raw({name:?})"));
            }))]
            pub(crate) name: Option<NonNull<c_char>>,
            pub values: Ordinary,
        }
    }
    value |held: bool| Row {
        name: held.then(|| NonNull::new(c"proj".to_owned().into_raw()).unwrap()),
        values: Ordinary("values"),
    };

    row r61 61 "libbpf-rs `Btf<'source>`"
    hand {
        pub struct Row<'a> {
            pub ptr: NonNull<u8>,
            pub drop_policy: BtfDrop,
            pub of: PhantomData<&'a ()>,
        }
        impl Drop for Row<'_> {
            fn drop(&mut self) {
                match self.drop_policy {
                    BtfDrop::Nothing => {}
                    BtfDrop::SelfPtrOnly => unsafe { c::btf__free(self.ptr.as_ptr().cast()) },
                    BtfDrop::ObjPtr(object) => unsafe { c::bpf_object__close(object) },
                }
            }
        }
    }
    derived {
        #[derive(Close)]
        pub struct Row<'a> {
            #[unmanaged(always, unsafe(release = |btf| match self.drop_policy {
                BtfDrop::Nothing => {}
                BtfDrop::SelfPtrOnly => c::btf__free(btf.as_ptr().cast()),
                BtfDrop::ObjPtr(object) => c::bpf_object__close(object),
            }))]
            pub(crate) ptr: NonNull<u8>,
            pub(crate) drop_policy: BtfDrop,
            pub of: PhantomData<&'a ()>,
        }
    }
    type Row<'static>;
    value |is_held| Row {
        ptr: NonNull::dangling(),
        drop_policy: if is_held { BtfDrop::SelfPtrOnly } else { BtfDrop::Nothing },
        of: PhantomData,
    };
    shows {
        let of_an_object = BtfDrop::ObjPtr(p(2));
        drop(hand::Row { ptr: NonNull::dangling(), drop_policy: of_an_object, of: PhantomData });
        assert_eq!(calls(), "bpf_object__close(0x2)");
        drop(derived::Row { ptr: NonNull::dangling(), drop_policy: of_an_object, of: PhantomData });
        assert_eq!(calls(), "bpf_object__close(0x2)");
    }
}
