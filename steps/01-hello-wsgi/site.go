package handler

// The site: the launch log of a small rocket club. It grows with the steps.

// View is the part of an application that knows what it is about. Here it
// takes nothing and gives the body of the response.
type View func() ([]byte, error)

// DefaultSettings are the site's own.
func DefaultSettings() Settings {
	return Settings{TheView: "site.views.status"}
}

func init() {
	Register("site.views.status", View(status))
}

// status is the page that people look at before they drive to the field.
func status() ([]byte, error) {
	return []byte("Launch log: the pad is clear.\n"), nil
}
