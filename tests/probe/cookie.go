package main

import "basehandler/final/web"

func init() { kinds["cookie"] = cookie }

func cookie(p *probe) (object, error) {
	return object{"cookies": web.ParseCookie(p.text("header", ""))}, nil
}
