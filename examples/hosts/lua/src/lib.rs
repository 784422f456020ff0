//! The journal for Lua 5.4. Its methods return what those of Lua's own files do: `true`, or `nil`, a
//! message and the operating system's number. Only misuse raises an error.

use std::fmt::Display;
use std::io::Error;

use dispose_core::{DisposeError, Lease, Shared};
use mlua::prelude::*;
use mlua::{Either, MetaMethod, UserData, UserDataFields, UserDataMethods};
use resource::Journal as Resource;

struct Journal(Shared<Resource>);

impl Journal {
    fn lease(&self) -> LuaResult<Lease<'_, Resource>> {
        self.0.lease().map_err(LuaError::external)
    }
}

impl UserData for Journal {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_meta_field_with(MetaMethod::Close, |lua| {
            lua.load(include_str!("close.lua")).into_function()
        });
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        // A record, or a function that returns the next one: `load` takes both too.
        methods.add_method("append", |_, this, records: Either<String, LuaFunction>| {
            let journal = this.lease()?;
            let mut result = Ok(());
            match records {
                Either::Left(record) => result = journal.append(&record),
                Either::Right(next) => {
                    while result.is_ok()
                        && let Some(record) = next.call::<Option<String>>(())?
                    {
                        result = journal.append(&record);
                    }
                }
            }
            Ok(returned(result.map(|()| true), Error::raw_os_error))
        });
        methods.add_method("flush", |_, this, ()| {
            Ok(returned(this.lease()?.flush().map(|()| true), Error::raw_os_error))
        });
        methods.add_method("close", |_, this, ()| {
            Ok(returned(this.0.dispose().map(|_| true), DisposeError::raw_os_error))
        });
    }
}

type Returned<T> = (Option<T>, Option<String>, Option<i32>);

fn returned<T, E: Display>(result: Result<T, E>, number: fn(&E) -> Option<i32>) -> Returned<T> {
    match result {
        Ok(value) => (Some(value), None, None),
        Err(error) => (None, Some(error.to_string()), number(&error)),
    }
}

// The drop hook stays the default, a line on standard error. It may run in the collector, where Lua
// itself would only warn, and its warnings are off by default.
#[mlua::lua_module]
fn journal(lua: &Lua) -> LuaResult<LuaTable> {
    let open = lua.create_function(|_, path: String| {
        let journal = Resource::open(&path).map(|journal| Journal(Shared::new(journal)));
        Ok(returned(journal, Error::raw_os_error))
    })?;
    lua.create_table_from([("open", open)])
}
