package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/lti"
)

type platformCommands struct {
	Add          platformAdd          `cmd:"" help:"Register this server as an LTI tool of a Canvas, after creating a developer key there."`
	RegisterLink platformRegisterLink `cmd:"" help:"Print a link with which an administrator of a Canvas registers this server there."`
	List         platformList         `cmd:"" help:"List the registrations with their deployments."`
	Remove       platformRemove       `cmd:"" help:"Delete a registration."`
}

type platformAdd struct {
	Issuer     string          `required:"" env:"-" placeholder:"URL" help:"Issuer of the Canvas: https://canvas.instructure.com for all of the cloud."`
	ClientID   string          `required:"" name:"client-id" env:"-" placeholder:"ID" help:"Client id of the LTI key in Canvas."`
	Deployment []deploymentRef `env:"-" placeholder:"ACCOUNT=ID" help:"Momotor id or Canvas GUID of an account, and the id of the deployment there; repeatable. Without it the first launch brings the deployment and its account."`
	AuthURL    string          `name:"auth-url" env:"-" placeholder:"URL" help:"Address of authentication requests; by default that of Canvas for the issuer."`
	TokenURL   string          `name:"token-url" env:"-" placeholder:"URL" help:"Address of access tokens; by default that of Canvas for the issuer."`
	JWKSURL    string          `name:"jwks-url" env:"-" placeholder:"URL" help:"Address of the public keys; by default that of Canvas for the issuer."`
}

type (
	platformList   struct{ listFlags }
	platformRemove struct {
		ID int64 `arg:"" help:"Id of the registration, from “platform list”."`
	}
)

// Run stores a registration.
func (cmd *platformAdd) Run(ctx context.Context, s *Settings, c *console) error {
	p, err := cmd.platform(time.Now())
	if err != nil {
		return err
	}
	return s.withStore(ctx, c, func(store *db.Store) error {
		var deployments []*db.Deployment
		for _, ref := range cmd.Deployment {
			account, err := store.FindAccount(ctx, ref.account)
			if err != nil {
				return err
			}
			deployments = append(deployments, &db.Deployment{DeploymentID: ref.id, AccountID: account.MomotorID})
		}
		if err := store.AddPlatform(ctx, p, deployments); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "Registered platform %d.\n", p.ID)
		if p.AwaitsDeployment {
			fmt.Fprintln(c.out, "The first launch brings the id of the deployment and its account.")
		}
		return nil
	})
}

// platform returns the registration of the flags.
func (cmd *platformAdd) platform(now time.Time) (*db.Platform, error) {
	issuer := strings.TrimSuffix(cmd.Issuer, "/")
	host := lti.CloudHosts[issuer]
	if host == "" {
		host = issuer
	}
	p := &db.Platform{
		Issuer: cmd.Issuer, ClientID: cmd.ClientID, AwaitsDeployment: len(cmd.Deployment) == 0, CreatedAt: now.UTC().Truncate(time.Microsecond),
		AuthURL: cmd.AuthURL, TokenURL: cmd.TokenURL, JWKSURL: cmd.JWKSURL,
	}
	for _, f := range []struct {
		flag, path string
		value      *string
	}{
		{"--issuer", "", &p.Issuer}, {"--auth-url", "/api/lti/authorize_redirect", &p.AuthURL},
		{"--token-url", "/login/oauth2/token", &p.TokenURL}, {"--jwks-url", "/api/lti/security/jwks", &p.JWKSURL},
	} {
		if *f.value == "" {
			*f.value = host + f.path
		}
		if err := lti.CheckURL(*f.value); err != nil {
			return nil, fmt.Errorf("%s %w", f.flag, err)
		}
	}
	return p, nil
}

// Run lists the registrations.
func (cmd *platformList) Run(ctx context.Context, s *Settings, c *console) error {
	return s.withStore(ctx, c, func(store *db.Store) error {
		platforms, err := store.ListPlatforms(ctx)
		if err != nil {
			return err
		}
		var rows []platformRow
		for _, p := range platforms {
			row := platformRow{p.ID, p.Issuer, p.ClientID, []string{}, p.AwaitsDeployment}
			for _, d := range p.Deployments {
				row.Deployments = append(row.Deployments, fmt.Sprintf("%d=%s", d.AccountID, d.DeploymentID))
			}
			rows = append(rows, row)
		}
		return printList(c, cmd.listFlags, "ID\tISSUER\tCLIENT ID\tDEPLOYMENTS", rows)
	})
}

// A platformRow is a row of “platform list”.
type platformRow struct {
	ID               int64    `json:"id"`
	Issuer           string   `json:"issuer"`
	ClientID         string   `json:"clientId"`
	Deployments      []string `json:"deployments"` // each as the Momotor id of the account, =, and the id of the deployment
	AwaitsDeployment bool     `json:"awaitsDeployment"`
}

func (r platformRow) cells() []string {
	deployments := r.Deployments
	if r.AwaitsDeployment {
		deployments = append(deployments, "(awaits the first launch)")
	}
	return []string{strconv.FormatInt(r.ID, 10), r.Issuer, r.ClientID, strings.Join(deployments, " ")}
}

// Run deletes a registration.
func (cmd *platformRemove) Run(ctx context.Context, s *Settings, c *console) error {
	return s.withStore(ctx, c, func(store *db.Store) error {
		if err := store.RemovePlatform(ctx, cmd.ID); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "Removed platform %d.\n", cmd.ID)
		return nil
	})
}

// A deploymentRef is a value of --deployment.
type deploymentRef struct{ account, id string }

// UnmarshalText parses ACCOUNT=ID.
func (r *deploymentRef) UnmarshalText(text []byte) error {
	account, id, _ := strings.Cut(string(text), "=")
	if account == "" || id == "" || len(id) > 255 {
		return errors.New("must be ACCOUNT=ID, the Momotor id or Canvas GUID of an account and the id of a deployment")
	}
	r.account, r.id = account, id
	return nil
}
